using Entitlements.Engine.Requests;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Rotas;

namespace Entitlements.Gateway.Demonstration;

/// <summary>How the negotiators' role is asked for: an approver decides in working hours; urgently, whoever of them is on duty.</summary>
internal sealed class DemonstrationAsking(DemonstrationDesk desk, TakeShifts shifts, TimeProvider clock)
{
    private const string Rota = "approvers";

    /// <summary>Shifts of a fortnight each, for a quarter.</summary>
    private const int Shifts = 6;
    private static readonly TimeSpan Shift = TimeSpan.FromDays(14);

    public async Task AllowAsync(string tenant)
    {
        var (admin, approver) = (await desk.PersonAsync($"{tenant}-role-admin"), await desk.PersonAsync($"{tenant}-approver-1"));
        await desk.DecideAsync(
            admin,
            new RotaAlteration(tenant, Rota, "Approvers on duty", Function.Approver, Calendars.DefaultZone, [], TimeSpan.FromDays(92)),
            approver
        );
        DemonstrationDesk.Expect<WriteOutcome.Done>(
            await shifts.TakeAsync(
                DemonstrationDesk.Because(admin),
                new(tenant, Rota, FeedMode.Partial, From: null, Until: null, Confirm: null),
                new((_, _) => new([.. Enumerable.Range(0, Shifts).Select(number => ShiftOf(tenant, number))], Skipped: 0))
            ),
            Rota
        );
        await desk.DecideAsync(admin, new ApprovalAlteration(tenant, DemonstrationForce.Negotiator, Policy()), approver);
    }

    /// <summary>The two approvers take turns.</summary>
    private SaidShift ShiftOf(string tenant, int number) =>
        new(
            $"{tenant}-approver-{1 + number % 2}",
            IsAddress: false,
            clock.GetUtcNow() + number * Shift,
            clock.GetUtcNow() + (number + 1) * Shift,
            $"/shifts/{number}"
        );

    private static ApprovalPolicy Policy() =>
        new([new([new(ApproverKind.Role, Function.Approver)], 1, TimeSpan.FromDays(3))], TimeSpan.FromDays(28), TimeSpan.FromDays(7))
        {
            Urgent = new(Rota, TimeSpan.FromHours(12), TimeSpan.FromHours(4))
            {
                EscalateAfter = TimeSpan.FromMinutes(30),
                Escalation = [new(ApproverKind.Role, Function.Approver)],
            },
        };
}
