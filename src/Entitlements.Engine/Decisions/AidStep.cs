using System.Collections.Immutable;

namespace Entitlements.Engine.Decisions;

/// <summary>Does an assignment given in mutual aid still have its ground in the person's own force?</summary>
internal static class AidStep
{
    /// <returns>True as well for whatever was not given in mutual aid.</returns>
    internal static bool Stands(HeldRole held, DateTimeOffset at)
    {
        if (held.RestsOn is not { } home)
        {
            return true;
        }
        for (var i = 0; i < home.Held.Length; i++)
        {
            if (IsGround(home.Held[i], held, home, at))
            {
                return true;
            }
        }
        return false;
    }

    /// <remarks>A right that began after the aid is another one: what was ended and given anew revives nothing that was given before. Aid never rests on aid.</remarks>
    private static bool IsGround(HeldRole one, HeldRole aid, HomeRight home, DateTimeOffset at) =>
        one.Role == home.Role
        && one.NotBefore <= aid.NotBefore
        && one.CoversInstant(at)
        && one is { Suspended: false, ForAnotherDevice: false, RestsOn: null }
        && AccreditationStep.Judge(one.Accreditations, home.Accreditations, at).IsEmpty
        && !IsInConflict(one, home.Held, at);

    private static bool IsInConflict(HeldRole one, ImmutableArray<HeldRole> all, DateTimeOffset at)
    {
        for (var i = 0; i < all.Length; i++)
        {
            if (!all[i].Suspended && all[i].CoversInstant(at) && RoleStep.AreIncompatible(one, all[i]))
            {
                return true;
            }
        }
        return false;
    }
}
