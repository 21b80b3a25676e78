using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Where a secret value is read.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(EnvSourcePlan), EnvSourcePlan.TypeName)]
[JsonDerivedType(typeof(FileSourcePlan), FileSourcePlan.TypeName)]
[JsonDerivedType(typeof(AwsSmSourcePlan), AwsSmSourcePlan.TypeName)]
[JsonDerivedType(typeof(AwsSsmSourcePlan), AwsSsmSourcePlan.TypeName)]
[JsonDerivedType(typeof(GcpSmSourcePlan), GcpSmSourcePlan.TypeName)]
[JsonDerivedType(typeof(OnePasswordSourcePlan), OnePasswordSourcePlan.TypeName)]
[JsonDerivedType(typeof(OnePasswordConnectSourcePlan), OnePasswordConnectSourcePlan.TypeName)]
[JsonDerivedType(typeof(VaultKvSourcePlan), VaultKvSourcePlan.TypeName)]
[JsonDerivedType(typeof(KubernetesSourcePlan), KubernetesSourcePlan.TypeName)]
public abstract record SecretSourcePlan
{
    /// <summary>The source's type in proxy.yaml.</summary>
    [JsonIgnore]
    public abstract string Type { get; }

    /// <summary>Whether the <c>iron-proxy</c> of this version reads the source. One that it does not ends the start.</summary>
    [JsonIgnore]
    public virtual bool IsRead => true;

    /// <summary>What logs and audit records call the secret: a name, never the value.</summary>
    [JsonIgnore]
    public abstract string DisplayName { get; }

    /// <summary>Which secret it is, in words: two sources that say the same read the same value. What logs call it is shorter, and may be said of several.</summary>
    [JsonIgnore]
    public string Whole => JsonKey is { } key ? $"{key} of {Place}" : Place;

    /// <summary>Where the value is kept.</summary>
    private protected virtual string Place => DisplayName;

    /// <summary>How long a value may be used before it is read again. Null when it never changes: what a process has been started with stays as it is.</summary>
    [JsonIgnore]
    public virtual TimeSpan? Lifetime => null;

    /// <summary>How long nobody tries again behind a reading that failed.</summary>
    [JsonIgnore]
    public virtual TimeSpan Pause => TimeSpan.FromSeconds(2);

    /// <summary>Variables of the proxy's environment that are read.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<VariableUse> Variables => [];

    /// <summary>Files that are read.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<FileUse> Files => [];

    /// <summary>What the proxy must be allowed to do in AWS. Null for sources elsewhere.</summary>
    [JsonIgnore]
    public virtual AwsPermission? Permission => null;

    /// <summary>The Secret of Kubernetes that the proxy must be allowed to read. Null for sources elsewhere.</summary>
    [JsonIgnore]
    public virtual ClusterSecret? ClusterSecret => null;

    /// <summary>When set, the value is parsed as a JSON object and this member is used.</summary>
    public string? JsonKey { get; init; }

    /// <summary>Where the source is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>What stands behind the last of a separator: folders and account numbers are left out of logs.</summary>
    private protected static string Last(string text, char separator) => text[(text.LastIndexOf(separator) + 1)..];
}
