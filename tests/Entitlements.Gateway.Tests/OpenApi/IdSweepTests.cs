using static Entitlements.Gateway.Tests.OpenApi.SweptGateway;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>Every place in a path where an id stands, with what is none.</summary>
[Collection(nameof(SweptGateway))]
public sealed class IdSweepTests(SweptGateway swept)
{
    public static TheoryData<string> Ids { get; } =
    [
        "..",
        "../",
        "../../etc/passwd",
        "%2e%2e",
        "%2e%2e%2f",
        "%252e%252e",
        "..%5c",
        ".",
        "%00",
        "a%00b",
        "%0d%0aX-Evil:1",
        "%c0%ae%c0%ae",
        "%ff",
        "%ed%a0%80",
        "%",
        "%zz",
        "%20",
        "a%09b",
        new string('a', 1024),
        "'%20or%20'1'='1",
        "%27%3bdrop%20table%20app%3b--",
        "%1b[31m",
        "$ne",
    ];

    /// <summary>An id that somebody else named may hold these; it is then simply nobody's.</summary>
    private static readonly string[] OthersMayName = ["subject", "device", "client"];

    [Theory, MemberData(nameof(Ids))]
    public async Task What_is_no_id_is_400_or_404(string id)
    {
        var before = await swept.StateAsync();
        var faults = new List<string>();
        foreach (var (operation, permit) in swept.Operations)
        {
            using var http = swept.Permitted(permit);
            foreach (var odd in operation.PathParameters)
            {
                if (operation.Method == "PUT" && OthersMayName.Contains(odd))
                {
                    continue; // may make one of that name
                }
                var answer = await AskAsync(
                    http,
                    operation,
                    PathOf(operation, name => name == odd ? id : swept.IdOf(operation, name)),
                    Json(swept.BodyOf(operation))
                );
                if (
                    !(answer.Status is 400 or 404 or 405 || (operation.IsOpen && answer.Status == 401) || operation.Id == "PutDeviceKey")
                    || (operation.Method != "HEAD" && !answer.IsProblem && !IsOfTheServer(id, answer))
                )
                {
                    faults.Add($"{operation.Id} {odd}: {answer}");
                }
            }
        }
        Show(faults);
        Assert.Equal(before, await swept.StateAsync());
    }

    /// <summary>A path with a NUL does not get past the server, which has no words of ours.</summary>
    private static bool IsOfTheServer(string id, Answer answer) => id.Contains("%00", StringComparison.Ordinal) && answer is { Status: 400, Body: "" };
}
