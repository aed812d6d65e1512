using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Tests.Requests;

public sealed class RequestMachineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    /// <summary>State, event, state afterwards, refusal. A pair that is missing here fails the test below.</summary>
    public static TheoryData<string, string, string, RequestRefusal?> Pairs()
    {
        var pairs = new TheoryData<string, string, string, RequestRefusal?>();
        foreach (var final in new[] { "granted", "denied", "expired", "withdrawn", "superseded", "voided" })
        {
            pairs.Add(final, "screened", final, null);
            pairs.Add(final, "voted", final, RequestRefusal.Decided);
            pairs.Add(final, "withdrawn", final, RequestRefusal.Decided);
            pairs.Add(final, "superseded", final, null);
            pairs.Add(final, "ticked", final, null);
            pairs.Add(final, "unreached", final, null);
        }
        pairs.Add("awaiting_requester", "screened", "pending", null);
        pairs.Add("awaiting_requester", "voted", "awaiting_requester", RequestRefusal.NotPending);
        pairs.Add("awaiting_requester", "withdrawn", "withdrawn", null);
        pairs.Add("awaiting_requester", "superseded", "superseded", null);
        pairs.Add("awaiting_requester", "ticked", "pending", null);
        pairs.Add("awaiting_requester", "unreached", "pending", null);
        pairs.Add("pending", "screened", "pending", null);
        pairs.Add("pending", "voted", "granted", null);
        pairs.Add("pending", "withdrawn", "withdrawn", null);
        pairs.Add("pending", "superseded", "superseded", null);
        pairs.Add("pending", "ticked", "pending", null);
        pairs.Add("pending", "unreached", "pending", null);
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_pair_of_state_and_event_is_decided(string state, string happens, string afterwards, RequestRefusal? refusal)
    {
        var step = RequestMachine.Next(Given.Request with { State = Given.States[state] }, Given.Events[happens], Given.Facts(Noon));
        Assert.Equal(afterwards, Given.States.Single(s => s.Value.GetType() == step.Request.State.GetType()).Key);
        Assert.Equal(refusal, step.Refusal);
    }

    [Fact]
    public void No_pair_is_left_out()
    {
        Assert.Equal(typeof(RequestState).GetNestedTypes().Count(t => t.IsSubclassOf(typeof(RequestState))), Given.States.Count);
        Assert.Equal(typeof(RequestEvent).GetNestedTypes().Count(t => t.IsSubclassOf(typeof(RequestEvent))), Given.Events.Count);
        Assert.Equal(Given.States.Count * Given.Events.Count, Pairs().Count);
    }

    [Theory]
    [InlineData("requester", null)]
    [InlineData("filer", null)]
    [InlineData("approver", "requester")] // the requester's own right, through a delegate
    [InlineData("requester", "approver")] // an approver's right, delegated to the requester
    public void Nobody_votes_on_a_request_of_their_own_in_any_disguise(string person, string? onBehalfOf)
    {
        var step = RequestMachine.Next(Given.Pending(), new RequestEvent.Voted(person, onBehalfOf, [0], Approves: true, null), Given.Facts(Noon));
        Assert.Equal(RequestRefusal.OwnRequest, step.Refusal);
        Assert.Empty(step.Request.Votes);
    }

    [Fact]
    public void Whose_right_was_used_by_a_delegate_has_voted()
    {
        var request = RequestMachine.Next(Given.Pending(votes: 2), Given.Approval("delegate", onBehalfOf: "approver"), Given.Facts(Noon)).Request;
        Assert.Equal(RequestRefusal.AlreadyVoted, RequestMachine.Next(request, Given.Approval("approver"), Given.Facts(Noon)).Refusal);
        Assert.Equal(RequestRefusal.AlreadyVoted, RequestMachine.Next(request, Given.Approval("delegate"), Given.Facts(Noon)).Refusal);
        Assert.Equal(RequestRefusal.AlreadyVoted, RequestMachine.Next(request, Given.Approval("third", onBehalfOf: "approver"), Given.Facts(Noon)).Refusal);
    }

    [Fact]
    public void No_person_counts_in_two_stages()
    {
        var policy = Given.Policy with { Stages = [Given.Stage(1), Given.Stage(1)] };
        var first = RequestMachine.Next(Given.Pending(policy), Given.Approval("approver"), Given.Facts(Noon, stages: 2)).Request;
        Assert.Equal(1, Assert.IsType<RequestState.Pending>(first.State).Stage);
        Assert.Equal(RequestRefusal.AlreadyVoted, RequestMachine.Next(first, Given.Approval("approver"), Given.Facts(Noon, stages: 2)).Refusal);
        Assert.IsType<RequestState.Granted>(RequestMachine.Next(first, Given.Approval("other"), Given.Facts(Noon, stages: 2)).Request.State);
    }

    [Fact]
    public void Two_do_not_wave_each_other_through()
    {
        var vote = Given.Approval("approver") with { Reciprocal = true };
        Assert.Equal(RequestRefusal.Reciprocal, RequestMachine.Next(Given.Pending(), vote, Given.Facts(Noon)).Refusal);
        Assert.IsType<RequestState.Denied>(RequestMachine.Next(Given.Pending(), vote with { Approves = false }, Given.Facts(Noon)).Request.State);
    }

    [Fact]
    public void Who_is_none_of_the_approvers_now_is_refused() =>
        Assert.Equal(
            RequestRefusal.NotAnApprover,
            RequestMachine.Next(Given.Pending(), Given.Approval("stranger") with { Groups = [] }, Given.Facts(Noon)).Refusal
        );

    [Fact]
    public void One_denial_ends_it_unless_the_stage_asks_for_more()
    {
        var policy = Given.Policy with { Stages = [Given.Stage(2) with { DenialsToEnd = 2 }] };
        var once = RequestMachine.Next(Given.Pending(policy), Given.Approval("one") with { Approves = false }, Given.Facts(Noon)).Request;
        Assert.IsType<RequestState.Pending>(once.State);
        Assert.IsType<RequestState.Denied>(RequestMachine.Next(once, Given.Approval("two") with { Approves = false }, Given.Facts(Noon)).Request.State);
    }

    [Fact]
    public void A_deciding_vote_on_a_request_that_lost_its_ground_voids_it()
    {
        var step = RequestMachine.Next(Given.Pending(), Given.Approval("approver"), Given.Facts(Noon) with { Bar = VoidReason.AppBarred });
        Assert.Equal(VoidReason.AppBarred, Assert.IsType<RequestState.Voided>(step.Request.State).Because);
        Assert.DoesNotContain(RequestEffect.Grant, step.Effects);
    }

    [Fact]
    public void A_stage_expires_on_its_last_instant_and_a_vote_then_grants_nothing()
    {
        var request = Given.Pending();
        var last = ((RequestState.Pending)request.State).Deadlines.Expires;
        Assert.IsType<RequestState.Granted>(RequestMachine.Next(request, Given.Approval("approver"), Given.Facts(last - TimeSpan.FromTicks(10))).Request.State);
        var late = RequestMachine.Next(request, Given.Approval("approver"), Given.Facts(last));
        Assert.Equal((typeof(RequestState.Expired), RequestRefusal.Expired), (late.Request.State.GetType(), late.Refusal!.Value));
    }

    [Fact]
    public void It_reminds_twice_and_escalates_once_and_expires()
    {
        var policy = Given.Policy with
        {
            Stages = [Given.Stage(1) with { EscalateAfter = TimeSpan.FromHours(6), Escalation = [new(ApproverKind.Role, "deputy")] }],
        };
        var request = Given.Pending(policy);
        Assert.Equal(["approver"], request.Asked.Select(a => a.Id));
        var told = new List<(double Hours, RequestEffect Effect)>();
        while (request.State.DueAt is { } due)
        {
            Assert.Empty(RequestMachine.Next(request, new RequestEvent.Ticked(), Given.Facts(due - TimeSpan.FromTicks(10))).Effects); // not before
            var step = RequestMachine.Next(request, new RequestEvent.Ticked(), Given.Facts(due));
            Assert.NotSame(request, step.Request);
            told.AddRange(step.Effects.Select(e => ((due - Noon).TotalHours, e)));
            request = step.Request;
            if (due == Noon.AddHours(6))
            {
                Assert.Equal(["approver", "deputy"], request.Asked.Select(a => a.Id));
            }
        }
        Assert.Equal(
            [(5, RequestEffect.RemindApprovers), (6, RequestEffect.AskEscalation), (9, RequestEffect.RemindApprovers), (10, RequestEffect.TellOutcome)],
            told
        );
        Assert.IsType<RequestState.Expired>(request.State);
    }

    [Fact]
    public void Too_few_approvers_use_the_fallback_and_without_one_it_is_void_and_told()
    {
        var policy = Given.Policy with { Stages = [Given.Stage(2) with { Fallback = [new(ApproverKind.Role, "superintendent")] }] };
        var facts = Given.Facts(Noon) with { Pools = [new(1, 2)] };
        var step = RequestMachine.Submit(policy, ["requester"], facts);
        Assert.True(Assert.IsType<RequestState.Pending>(step.Request.State).Fallback);
        Assert.Equal(["approver", "superintendent"], step.Request.Asked.Select(a => a.Id));

        var nobody = RequestMachine.Submit(policy, ["requester"], facts with { Pools = [new(1, 1)] });
        Assert.Equal(VoidReason.NoApprover, Assert.IsType<RequestState.Voided>(nobody.Request.State).Because);
        Assert.Contains(RequestEffect.AlertNoApprover, nobody.Effects);
    }

    [Fact]
    public void All_means_everyone_who_could_vote_when_the_stage_began()
    {
        var policy = Given.Policy with { Stages = [Given.Stage(null)] };
        var request = RequestMachine.Submit(policy, ["requester"], Given.Facts(Noon) with { Pools = [new(3, 3)] }).Request;
        var fewer = Given.Facts(Noon) with { Pools = [new(1, 1)] }; // two have left since: the quorum stays
        foreach (var person in new[] { "one", "two" })
        {
            request = RequestMachine.Next(request, Given.Approval(person), fewer).Request;
            Assert.IsType<RequestState.Pending>(request.State);
        }
        Assert.IsType<RequestState.Granted>(RequestMachine.Next(request, Given.Approval("three"), fewer).Request.State);
    }

    [Fact]
    public void Distinct_groups_are_told_apart_even_where_the_first_voter_is_in_both()
    {
        var policy = Given.Policy with
        {
            Stages = [Given.Stage(2) with { Approvers = [new(ApproverKind.Role, "inspector"), new(ApproverKind.Role, "security")], DistinctGroups = true }],
        };
        var first = RequestMachine.Next(Given.Pending(policy), Given.Approval("in-both") with { Groups = [0, 1] }, Given.Facts(Noon)).Request;
        Assert.IsType<RequestState.Granted>(RequestMachine.Next(first, Given.Approval("inspector") with { Groups = [0] }, Given.Facts(Noon)).Request.State);

        var same = RequestMachine.Next(Given.Pending(policy), Given.Approval("one") with { Groups = [0] }, Given.Facts(Noon)).Request;
        Assert.IsType<RequestState.Pending>(RequestMachine.Next(same, Given.Approval("two") with { Groups = [0] }, Given.Facts(Noon)).Request.State);
    }

    [Fact]
    public void The_grant_ends_at_the_earliest_of_what_was_asked_what_an_approver_cut_and_what_the_policy_allows()
    {
        var request = RequestMachine.Next(Given.Pending(), Given.Approval("approver") with { Until = Noon.AddDays(2) }, Given.Facts(Noon)).Request;
        Assert.Equal(Noon.AddDays(2), request.EndOf(Noon, Noon.AddDays(5)));
        Assert.Equal(Noon.AddDays(1), request.EndOf(Noon, Noon.AddDays(1)));
        Assert.Equal(Noon + Given.Policy.LongestGrant, Given.Pending().EndOf(Noon, DateTimeOffset.MaxValue));
        Assert.Equal(Noon + Given.Policy.DefaultGrant, Given.Pending().EndOf(Noon, null));
    }

    [Fact]
    public void While_it_waits_for_the_requester_no_stage_runs_and_it_expires_by_itself()
    {
        var waiting = RequestMachine.Submit(Given.Policy, ["requester"], Given.Facts(Noon) with { Outstanding = true });
        Assert.Equal([RequestEffect.AskRequester], waiting.Effects);
        var late = Noon + Given.Policy.RequesterPatience;
        Assert.Equal(late, waiting.Request.State.DueAt);
        var begun = RequestMachine.Next(waiting.Request, new RequestEvent.Screened(), Given.Facts(late - TimeSpan.FromHours(1))).Request;
        Assert.Equal(late + TimeSpan.FromHours(9), Assert.IsType<RequestState.Pending>(begun.State).Deadlines.Expires);
        Assert.IsType<RequestState.Expired>(RequestMachine.Next(waiting.Request, new RequestEvent.Screened(), Given.Facts(late)).Request.State);
    }

    [Fact]
    public void Whatever_happens_a_grant_has_its_quorum_of_distinct_persons_none_of_them_interested()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var policy = Given.Policy with { Stages = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Given.Stage(random.Next(1, 4)))] };
            string[] people = ["requester", "filer", "a", "b", "c", "d", "e", "f", "g"];
            var request = RequestMachine.Submit(policy, ["requester", "filer"], Given.Facts(Noon, policy.Stages.Length)).Request;
            var at = Noon;
            for (var i = 0; i < 40; i++)
            {
                at += TimeSpan.FromMinutes(random.Next(0, 90));
                RequestEvent happens = random.Next(12) switch
                {
                    2 => new RequestEvent.Unreached(),
                    0 => new RequestEvent.Ticked(),
                    1 => new RequestEvent.Screened(),
                    _ => Given.Approval(people[random.Next(people.Length)], random.Next(3) == 0 ? people[random.Next(people.Length)] : null) with
                    {
                        Groups = random.Next(8) == 0 ? [] : [0],
                        Approves = random.Next(30) > 0,
                    },
                };
                var wasOpen = request.State.IsOpen;
                var step = RequestMachine.Next(request, happens, Given.Facts(at, policy.Stages.Length));
                Assert.True(wasOpen || step.Request == request, $"seed {seed}: what is final moved");
                Assert.True(
                    step.Request.State is not RequestState.Granted || request.State is RequestState.Granted || happens is RequestEvent.Voted,
                    $"seed {seed}"
                );
                request = step.Request;
            }
            var persons = request.Votes.SelectMany(v => v.Persons).ToList();
            Assert.True(persons.Count == persons.Distinct().Count(), $"seed {seed}: somebody counted twice");
            Assert.True(!persons.Intersect(["requester", "filer"]).Any(), $"seed {seed}: somebody voted on their own");
            if (request.State is RequestState.Granted)
            {
                Assert.All(policy.Stages.Index(), s => Assert.True(request.Votes.Count(v => v.Stage == s.Index && v.Approves) >= s.Item.Votes, $"seed {seed}"));
            }
        }
    }
}
