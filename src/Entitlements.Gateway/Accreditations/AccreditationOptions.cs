using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Accreditations;

/// <summary>Section <c>Accreditations</c>.</summary>
internal sealed class AccreditationOptions : IValidatableObject
{
    /// <summary>Largest share of what a source said that one full report may end without <c>confirm</c>. 0 to 1; default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double LargestLoss { get; set; } = 0.2;

    /// <summary>Days before its end at which an accreditation is warned of, each once. At most 10, each 1 to 365; 30, 7 and 1 where none is given.</summary>
    public List<int> WarningDays { get; set; } = [];

    /// <summary>In order, the shortest first.</summary>
    public IReadOnlyList<int> Warnings => WarningDays.Count == 0 ? [1, 7, 30] : [.. WarningDays.Distinct().Order()];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        WarningDays.Count > 10 || WarningDays.Exists(d => d is < 1 or > 365)
            ? [new("must be at most 10 numbers of days, each from 1 to 365", [nameof(WarningDays)])]
            : [];
}
