using Entitlements.Faults;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["campaign", var report, .. var faults] => await LongForm.RunAsync(report, faults), // infra/faults.sh
    _ when args.Contains("--server") || args.Contains("--internal-msbuild-node") => await TestPlatformTestFramework.RunAsync(args, (_, _) => { }),
    _ => await ConsoleRunner.Run(args),
};
