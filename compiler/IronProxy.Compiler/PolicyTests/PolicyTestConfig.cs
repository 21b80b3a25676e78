using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>One test: a request, and what must become of it.</summary>
internal sealed record PolicyTestConfig : ConfigRecord
{
    /// <summary>What the test says, in a sentence. Unique in its file.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>The request: a method and a URL, or CONNECT and host:port for a tunnel.</summary>
    [Key("request", Required = true)]
    public Located<string>? Request { get; init; }

    /// <summary>The client of proxy.clients that sends it. Nobody who is known when absent.</summary>
    [Key("client")]
    public Located<string>? Client { get; init; }

    /// <summary>Headers that the workload sends, each as "Name: value".</summary>
    [Key("headers")]
    public LocatedList<Located<string>>? Headers { get; init; }

    /// <summary>The body that the workload sends, such as a message to an MCP server. Not known when absent.</summary>
    [Key("body")]
    public Located<string>? Body { get; init; }

    /// <summary>The verdict.</summary>
    [Key("expect", Required = true, OneOf = ["allow", "deny"])]
    public Located<string>? Expect { get; init; }

    /// <summary>The reason code of the denial, such as host_not_allowed. Any when absent.</summary>
    [Key("reason")]
    public Located<string>? Reason { get; init; }

    /// <summary>The entry of the policy that decides: its line, or its place such as rules[2] or domains[0]. Any when absent.</summary>
    [Key("rule")]
    public Located<string>? Rule { get; init; }

    /// <summary>All that secrets are set in: header names, and query:NAME for query parameters. Not looked at when absent.</summary>
    [Key("injects")]
    public LocatedList<Located<string>>? Injects { get; init; }

    /// <summary>All secrets whose placeholder is swapped, by the name of their variable or file. Not looked at when absent.</summary>
    [Key("swaps")]
    public LocatedList<Located<string>>? Swaps { get; init; }

    /// <summary>All headers that are taken away. Not looked at when absent.</summary>
    [Key("strips")]
    public LocatedList<Located<string>>? Strips { get; init; }
}
