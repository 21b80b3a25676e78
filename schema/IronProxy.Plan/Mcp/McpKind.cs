using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>What an allowlist of an MCP server is about: how it is asked for, and how it is listed.</summary>
public sealed class McpKind
{
    /// <summary>Tools, which are called.</summary>
    public static readonly McpKind Tool = new("tool", Reason.ToolNotAllowed, "name", ["tools/call"], [new("tools/list", "tools", "name")]);

    /// <summary>Prompts, which are fetched with arguments.</summary>
    public static readonly McpKind Prompt = new("prompt", Reason.PromptNotAllowed, "name", ["prompts/get"], [new("prompts/list", "prompts", "name")]);

    /// <summary>Resources, which are read and watched by their URIs.</summary>
    public static readonly McpKind Resource = new(
        "resource",
        Reason.ResourceNotAllowed,
        "uri",
        ["resources/read", "resources/subscribe", "resources/unsubscribe"],
        [new("resources/list", "resources", "uri"), new("resources/templates/list", "resourceTemplates", "uriTemplate")]);

    /// <summary>Each kind.</summary>
    public static readonly ImmutableArray<McpKind> All = [Tool, Prompt, Resource];

    private McpKind(string name, Reason denial, string nameMember, ImmutableArray<string> methods, ImmutableArray<McpListing> listings)
    {
        Name = name;
        Denial = denial;
        NameMember = nameMember;
        Methods = methods;
        Listings = listings;
    }

    /// <summary>What records and explanations call it.</summary>
    public string Name { get; }

    /// <summary>Why a use that no entry allows is denied.</summary>
    public Reason Denial { get; }

    /// <summary>The member of <c>params</c> that names what is used.</summary>
    public string NameMember { get; }

    /// <summary>The methods that use it.</summary>
    public ImmutableArray<string> Methods { get; }

    /// <summary>The lists that it turns up in.</summary>
    public ImmutableArray<McpListing> Listings { get; }

    /// <summary>The entries of a server; null when nobody asks.</summary>
    public ImmutableArray<AllowedEntryPlan>? EntriesOf(McpServerPlan server) =>
        this == Tool ? server.Tools : this == Prompt ? server.Prompts : server.Resources;
}

/// <summary>A list that a server answers with.</summary>
/// <param name="Method">The method that asks for it.</param>
/// <param name="Member">The member of the result that holds it.</param>
/// <param name="NameMember">The member of an item that names it.</param>
public sealed record McpListing(string Method, string Member, string NameMember);
