using System.Collections.Immutable;

namespace IronProxy.Targets.Options;

/// <summary>What an option's value is.</summary>
public enum OptionKind
{
    /// <summary>Any text without control characters.</summary>
    Text,

    /// <summary>A name of the system, a resource or a user: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, beginning with a letter.</summary>
    Name,

    /// <summary>An absolute path without blanks and quotes.</summary>
    Path,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>An IPv4 or IPv6 address.</summary>
    Address,

    /// <summary>A network such as 10.0.0.0/24.</summary>
    Network,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Switch,

    /// <summary>One of the option's choices.</summary>
    Choice,

    /// <summary>A container image such as <c>example.com/iron-proxy:1.0</c>.</summary>
    Image,
}

/// <summary>One option of a target.</summary>
/// <param name="Name">What stands before the <c>=</c> of <c>--set</c>, such as <c>workload_users</c>.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Default">What holds without it. Null means that it must be given.</param>
/// <param name="Description">What it does: one sentence.</param>
public sealed record TargetOption(string Name, OptionKind Kind, string? Default, string Description)
{
    /// <summary>The values of a choice.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>The least number.</summary>
    public int Minimum { get; init; } = int.MinValue;

    /// <summary>The greatest number.</summary>
    public int Maximum { get; init; } = int.MaxValue;
}
