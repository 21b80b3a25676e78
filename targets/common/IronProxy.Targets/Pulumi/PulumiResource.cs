using System.Collections.Immutable;

namespace IronProxy.Targets.Pulumi;

/// <summary>A provider's package.</summary>
/// <param name="Name">Its name, which its tokens begin with, such as <c>aws</c>.</param>
/// <param name="Version">The version that programs are checked with and that they ask for.</param>
public sealed record PulumiPackage(string Name, string Version)
{
    /// <summary>Amazon Web Services.</summary>
    public static readonly PulumiPackage Aws = new("aws", "7.48.0");

    /// <summary>Kubernetes.</summary>
    public static readonly PulumiPackage Kubernetes = new("kubernetes", "4.34.2");

    internal static PulumiPackage OfToken(string token) => token.Split(':')[0] switch
    {
        "aws" => Aws,
        "kubernetes" => Kubernetes,
        _ => throw new ArgumentException($"No package has the token '{token}'.", nameof(token)),
    };
}

/// <summary>What Pulumi does differently for a resource.</summary>
public sealed record PulumiResourceOptions
{
    /// <summary>Resources that must be there first, beyond those that its properties refer to.</summary>
    public ImmutableArray<PulumiReference> DependsOn { get; init; } = [];

    /// <summary>Whether Pulumi refuses to delete it.</summary>
    public bool Protect { get; init; }

    /// <summary>Whether it is deleted before its replacement is made, because both cannot exist at once.</summary>
    public bool DeleteBeforeReplace { get; init; }

    /// <summary>Properties that others change, and that Pulumi leaves as they are.</summary>
    public ImmutableArray<string> IgnoreChanges { get; init; } = [];
}

/// <summary>What a setting of a program is.</summary>
public enum PulumiConfigType
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,
}

internal sealed record PulumiConfig(string Name, PulumiConfigType Type, string Description, string? Default, bool IsSecret);

internal sealed record PulumiInvoke(string Name, string Token, PulumiMap Arguments, string Comment);

internal sealed record PulumiResource(string Name, string Token, PulumiMap Properties, PulumiResourceOptions Options, string Comment);

internal sealed record PulumiOutput(string Name, PulumiValue Value);
