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

internal sealed record PulumiResource(string Name, string Token, PulumiMap Properties, ImmutableArray<PulumiReference> DependsOn, string Comment, bool IsKept);

internal sealed record PulumiOutput(string Name, PulumiValue Value);
