using System.Buffers;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.GithubApp;

/// <summary>Checks tokens of a GitHub App.</summary>
internal static class GithubAppValidator
{
    private static readonly SearchValues<char> OwnerCharacters = SearchValues.Create("-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> RepositoryCharacters = SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> PermissionCharacters = SearchValues.Create("_abcdefghijklmnopqrstuvwxyz");

    public static void Validate(GithubAppConfig config, ValidationContext context)
    {
        RequireOne(config, "app", "client_id", "app_id", context);
        RequireOne(config, "installation", "installation_id", "owner", context);
        if (config.ClientId is { } client)
        {
            context.RequireText(client, "the client ID");
        }

        SourceValidator.Validate(config.PrivateKey, context);
        if (config.Owner is { } owner && context.RequireText(owner, "the owner") && owner.Value.AsSpan().ContainsAnyExcept(OwnerCharacters))
        {
            context.Bag.GithubNameInvalid(owner.Span, owner.Value, "an owner");
        }

        context.RequireValue(config, "repositories", "all of them or none");
        context.RequireItems(config, "repositories", "name");
        foreach (var repository in config.Repositories?.Items ?? [])
        {
            if (context.RequireText(repository, "the repository") && (repository.Value is "." or ".." || repository.Value.AsSpan().ContainsAnyExcept(RepositoryCharacters)))
            {
                context.Bag.GithubNameInvalid(repository.Span, repository.Value, "a repository");
            }
        }

        ValidatePermissions(config, context);
        if (config.ApiUrl is { } url && UrlText.Parse(url, context.Bag, "https://github.corp.example/api/v3") is not null && url.Value.AsSpan().ContainsAny('?', '#'))
        {
            context.Bag.UrlInvalid(url.Span, "it has a query", "the URL of the API alone, such as https://github.example.com/api/v3");
        }

        context.RequireItems(config, "rules", "rule");
        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        RuleValidator.Validate(config, config.Rules, context);
    }

    private static void RequireOne(GithubAppConfig config, string what, string one, string other, ValidationContext context)
    {
        if (config.Has(one) && config.Has(other))
        {
            context.Bag.GithubAppNamedTwice(config.KeySpan(other), what, other, one);
        }
        else if (!config.Has(one) && !config.Has(other) && !context.Structure.IsBroken(config))
        {
            context.Bag.GithubAppUnnamed(config.Span, what, $"{one}: or {other}:");
        }
    }

    private static void ValidatePermissions(GithubAppConfig config, ValidationContext context)
    {
        context.RequireValue(config, "permissions", "all of them or none");
        if (config.Permissions is not { } permissions)
        {
            if (!config.Has("permissions") && !context.Structure.IsBroken(config))
            {
                context.Bag.GithubTokenUnlimited(config.Span);
            }

            return;
        }

        if (permissions.Entries.Count == 0)
        {
            context.Bag.ListEmpty(permissions.Span, "permissions", "permission");
        }

        foreach (var (name, value) in permissions.Entries)
        {
            if (value is not YamlScalar { IsNull: false } access || !GithubAppConfig.IsAccess(access.Value)
                || name.Value.Length == 0 || name.Value.AsSpan().ContainsAnyExcept(PermissionCharacters))
            {
                context.Bag.GithubPermissionInvalid(name.Span, value is YamlScalar { IsNull: false } text ? $"{name.Value}: {text.Value}" : name.Value);
            }
        }
    }
}
