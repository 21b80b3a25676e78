using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A file that the proxy process can read. One line break at its end is not part of the value.</summary>
public sealed record FileSourcePlan : SecretSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "file";

    /// <summary>Files are replaced in ways that no notification tells of everywhere (links of mounted volumes, network file systems), so that they are read again.</summary>
    [JsonIgnore]
    public override TimeSpan? Lifetime => TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => Last(Path, '/');

    /// <inheritdoc />
    private protected override string Place => $"the file {Path}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<FileUse> Files => [new(Path, At)];

    /// <summary>Path, relative to the proxy's working directory.</summary>
    public required string Path { get; init; }
}
