using System.Globalization;
using Entitlements.Engine.Naming;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Ids that others name people by: compared byte for byte, so what cannot be told apart by eye is kept out when it is created.</summary>
internal static class SubjectIds
{
    /// <summary>True when every character of the id can be seen and counted: nothing that shows nothing or reverses the line.</summary>
    public static bool IsVisible(string id) =>
        !id.EnumerateRunes()
            .Any(rune =>
                System.Text.Rune.GetUnicodeCategory(rune)
                    is UnicodeCategory.Format
                        or UnicodeCategory.Control
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
            );

    /// <summary>True when <paramref name="id"/> goes beyond ASCII and looks like another id of the tenant.</summary>
    /// <remarks>Plain ASCII ids are the provider's to tell apart (<c>john.smith</c> and <c>johnsmith</c> may be two people); only the rare id beyond it costs a look at all others.</remarks>
    public static async Task<bool> IsLookalikeAsync(EntitlementsDb db, string tenant, string id)
    {
        if (id.All(char.IsAscii))
        {
            return false;
        }
        var skeleton = Lookalikes.SkeletonOfName(id);
        await foreach (var other in db.Subjects.AsNoTracking().Where(s => s.Tenant == tenant).Select(s => s.Id).AsAsyncEnumerable())
        {
            if (Lookalikes.SkeletonOfName(other) == skeleton)
            {
                return true;
            }
        }
        return false;
    }
}
