using System.Buffers;
using System.Text;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>The short ways of the hot route read and write what the general ones do, byte for byte, or leave it to them.</summary>
public sealed class HotRouteTests
{
    private const string Plain = "{'subject':{'type':'user','id':'p'},'action':{'name':'download'},'resource':{'type':'app','id':'a'}";

    public static TheoryData<string> Bodies { get; } =
    [
        Plain + "}",
        Plain + ",'context':{}}",
        Plain + ",'context':{'time':'2026-11-23T09:00:00Z'}}",
        Plain + ",'context':{'tenant':'north','device':{'id':'phone'},'purpose':'attempt','time':'now'}}",
        "  {'resource':{'id':'','type':'gadget'},'action':{'name':'Ŵ'},'subject':{'id':'p','type':'robot'}}  ",
    ];

    [Theory, MemberData(nameof(Bodies))]
    public void A_plain_question_is_read_as_the_general_reader_reads_it(string body)
    {
        var utf8 = Utf8(body);
        Assert.Equal(StrictJson.Parse<EvaluationBody>(utf8, JsonMode.Lenient), PlainQuestion.Read(utf8));
    }

    public static TheoryData<string> Unusual { get; } =
    [
        "",
        "null",
        "[]",
        "{}",
        Plain,
        Plain + "},",
        Plain + "}{}",
        Plain + ",'context':null}",
        Plain + ",'context':{'purpose':'listing'}}",
        Plain + ",'context':{'min_revision':1}}",
        Plain + ",'context':{'device':{}}}",
        Plain + ",'context':{'device':{'id':'a','id':'b'}}}",
        Plain + ",'context':{'x':1}}",
        Plain + ",'context':{'x':'a','y':'b'}}",
        Plain + ",'context':{'x':'a','x':'b'}}",
        Plain + ",'context':{'tenant':'a','tenant':'b'}}",
        Plain + ",'context':{'tenant':'a\\u0000'}}",
        Plain + ",'context':{'ten\\u0061nt':'a'}}",
        Plain + ",'subject':{'type':'user','id':'q'}}",
        Plain + ",'more':1}",
        "{'subject':{'type':'user','id':'p','properties':{}},'action':{'name':'download'},'resource':{'type':'app','id':'a'}}",
        "{'subject':{'type':'user','id':null},'action':{'name':'download'},'resource':{'type':'app','id':'a'}}",
        "{'subject':{'type':'user','id':'p','id':'q'},'action':{'name':'download'},'resource':{'type':'app','id':'a'}}",
        "{'subject':{'type':'user','id':'p'},'action':{'name':'download','name':'x'},'resource':{'type':'app','id':'a'}}",
        "{'subject':{'type':'user'},'action':{'name':'download'},'resource':{'type':'app','id':'a'}}",
        "{'subject':'p','action':{'name':'download'},'resource':{'type':'app','id':'a'}}",
    ];

    [Theory, MemberData(nameof(Unusual))]
    public void Whatever_is_not_plain_is_left_to_the_general_reader(string body) => Assert.Null(PlainQuestion.Read(Utf8(body)));

    public static TheoryData<string> Decisions { get; } = ["allow", "allow until", "not available", "suspended and not held"];

    [Theory, MemberData(nameof(Decisions))]
    public void An_answer_is_written_as_the_serializer_writes_it(string what)
    {
        var noon = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_560);
        Decision decision = what switch
        {
            "allow" => new Decision.Allow(1, DateTimeOffset.MaxValue),
            "allow until" => new Decision.Allow(1, noon.AddDays(1)),
            "not available" => new Decision.Deny(default(DenyReasons).With(DenyReason.NotAvailable), noon.AddDays(1)),
            _ => new Decision.Deny(default(DenyReasons).With(DenyReason.SubjectSuspended).With(DenyReason.RoleNotHeld), noon.AddHours(1)),
        };
        var request = new EvaluationRequest(
            "north",
            new("user", "p", Properties.None),
            new Action("download", Properties.None),
            new("app", "a", Properties.None),
            new()
        );
        var judged = new Evaluation.Judged("ev_1", new(request, MayAsk: true, Purpose.Attempt), decision, new(new(), 7, 0, 0), noon);
        Caller[] callers =
        [
            new Caller.Client("i", "c", new HashSet<string>(), [], null, new HashSet<string>()),
            new Caller.Person("i", "p", "north", 1, null, new HashSet<string>()),
        ];
        foreach (var caller in callers)
        {
            var written = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(written, JudgedAnswer.Options);
            JudgedAnswer.Write(json, judged, caller);
            Assert.Equal(JsonSerializer.Serialize(EvaluationAnswer.Of(judged, caller), StrictJson.Options), Encoding.UTF8.GetString(written.WrittenSpan));
        }
    }

    private static byte[] Utf8(string body) => Encoding.UTF8.GetBytes(body.Replace('\'', '"'));
}
