using BenchmarkDotNet.Running;
using Entitlements.Benchmarks.Whole;

switch (args)
{
    case [Bare.Command, .. var settings]:
        await Bare.ServeAsync(settings);
        return 0;
    case ["process", .. var rows]:
        return await WholeProcess.RunAsync(rows);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Entitlements.Benchmarks.EvaluatorBenchmarks).Assembly).Run(args);
        return 0;
}
