using Entitlements.Faults;
using Xunit.Runner.InProc.SystemConsole;

// the long form is a command (infra/faults.sh); everything else is the test runner's
return args is ["campaign", var report, .. var faults] ? await LongForm.RunAsync(report, faults) : await ConsoleRunner.Run(args);
