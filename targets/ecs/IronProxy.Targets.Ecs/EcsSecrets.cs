using System.Collections.Immutable;

namespace IronProxy.Targets.Ecs;

/// <summary>The option 'secrets': where each variable with a secret is kept, as <c>NAME=ARN,NAME=ARN</c>.</summary>
/// <param name="Entries">Variables and what stands behind their equals signs, in the order in which they were given.</param>
internal sealed record EcsSecrets(ImmutableArray<KeyValuePair<string, string>> Entries)
{
    /// <summary>Splits the option.</summary>
    public static EcsSecrets Read(string option) => new(
        [.. option.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry =>
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            return equals < 0 ? KeyValuePair.Create(entry, "") : KeyValuePair.Create(entry[..equals], entry[(equals + 1)..]);
        })]);

    /// <summary>The ARN of a variable; null when none was given.</summary>
    public string? ArnOf(string variable) => Entries.LastOrDefault(e => e.Key == variable).Value;

    /// <summary>Whether a text is the ARN of a secret of Secrets Manager, or of a parameter of Systems Manager.</summary>
    public static bool IsArn(string text)
    {
        var parts = text.Split(':');
        return parts is ["arn", "aws" or "aws-cn" or "aws-us-gov", "secretsmanager" or "ssm", { Length: > 0 }, { Length: 12 }, ..]
            && parts[4].All(char.IsAsciiDigit)
            && (parts[2] == "ssm" ? parts is [.., { } path] && parts.Length == 6 && path.StartsWith("parameter/", StringComparison.Ordinal) : parts is [_, _, _, _, _, "secret", { Length: > 0 }, ..] && parts.Length <= 10)
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '/' or '_' or '+' or '=' or '.' or '@' or '-');
    }

    /// <summary>
    /// What has to be allowed so that a value can be read. Behind the name of a secret a key of its JSON, a stage and a version may
    /// stand, which are no part of its ARN.
    /// </summary>
    public static AwsStatement Permission(string arn) => arn.Split(':')[2] == "ssm"
        ? new("ssm:GetParameters", arn)
        : new("secretsmanager:GetSecretValue", string.Join(':', arn.Split(':').Take(7)));
}
