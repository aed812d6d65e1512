namespace Entitlements.Gateway.Exercises;

/// <summary>
/// One table that holds rows of a tenant. In all its SQL <c>{0}</c> is the tenant that is meant; in what copies, <c>{0}</c> is the force, <c>{1}</c> its exercise,
/// <c>{2}</c> the instant, <c>{3}</c> the mark (<see cref="ExerciseNames.MarkOf"/>), and <c>o</c> the force's row.
/// </summary>
/// <param name="Row">Its row type.</param>
internal sealed record ExerciseTable(Type Row)
{
    /// <summary>Which rows are a tenant's.</summary>
    public string Theirs { get; init; } = "tenant = {0}";

    /// <summary>Which of them are copied; null: none, what stands there was made in the exercise.</summary>
    public string? Copied { get; init; }

    /// <summary>What besides the force's row is needed to copy it.</summary>
    public string With { get; init; } = "";

    /// <summary>Columns that are not copied as they stand, and what stands in them instead.</summary>
    public IReadOnlyDictionary<string, string> Instead { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Copies it, where columns do not say how.</summary>
    public string? Statement { get; init; }

    /// <summary>A table that is copied row by row, but for what stands in <paramref name="instead"/>.</summary>
    public static ExerciseTable CopyOf<T>(string copied = "o.tenant = {0}", string with = "", params (string Column, string Value)[] instead) =>
        new(typeof(T))
        {
            Copied = copied,
            With = with,
            Instead = instead.Append(("tenant", "{1}")).ToDictionary(i => i.Item1, i => i.Item2, StringComparer.Ordinal),
        };

    /// <summary>A table in which an exercise begins with nothing.</summary>
    public static ExerciseTable MadeIn<T>(string theirs = "tenant = {0}") => new(typeof(T)) { Theirs = theirs };

    /// <summary>Finds the copy of the person whom <paramref name="column"/> names; those who were not copied take what is theirs with them.</summary>
    /// <param name="copy">The name that the copy has in the statement.</param>
    public static string Person(string column, string copy = "s", string join = "join") =>
        $"{join} subject o{copy} on o{copy}.key = {column} {join} subject {copy} on {copy}.tenant = {{1}} and {copy}.id = o{copy}.id and {copy}.issuer = o{copy}.issuer || {{3}} ";
}
