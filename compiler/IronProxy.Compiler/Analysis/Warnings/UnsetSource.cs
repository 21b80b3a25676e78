using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A variable or file that the policy reads is not there on this machine. That says nothing about the machine that runs the
/// plan, and no value is looked at further.
/// </summary>
internal sealed class UnsetSource : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2015";

    /// <inheritdoc />
    public override DiagnosticSeverity Severity => DiagnosticSeverity.Information;

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Environment is not { } environment)
        {
            return;
        }

        foreach (var source in context.Plan.Steps.SelectMany(SourcesOf))
        {
            switch (source)
            {
                case EnvSourcePlan env:
                    CheckVariable(context, environment, env.Var, env.At);
                    break;
                case OnePasswordSourcePlan vault:
                    CheckVariable(context, environment, vault.TokenEnv, vault.At);
                    break;
                case FileSourcePlan file when !IsThere(environment, file.Path):
                    context.Report(this, file.At, $"the file {file.Path} is not here", "iron-proxy does not start without it: put it where the proxy runs");
                    break;
            }
        }

        foreach (var judge in context.Plan.Steps.OfType<JudgeStepPlan>())
        {
            CheckVariable(context, environment, judge.Provider.ApiKeyEnv, judge.At);
        }

        if (context.File.Management is { } section && context.Plan.Management is { } management)
        {
            CheckVariable(context, environment, management.ApiKeyEnv, section.At);
        }
    }

    private void CheckVariable(AnalysisContext context, CompilerEnvironment environment, string name, SourcePosition at)
    {
        if (string.IsNullOrEmpty(environment.ReadVariable(name)))
        {
            context.Report(this, at, $"the environment variable {name} is not set here", "iron-proxy does not start without it: set it where the proxy runs");
        }
    }

    private static bool IsThere(CompilerEnvironment environment, string path)
    {
        try
        {
            return environment.ReadFile(path) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is there, and others may read it.
            return true;
        }
    }

    private static IEnumerable<SecretSourcePlan> SourcesOf(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets.Secrets.Select(s => s.Source),
        OauthTokenStepPlan oauth => oauth.Tokens.SelectMany(t => t.Credentials.Concat(t.TokenEndpointHeaders)).Select(c => c.Source),
        GcpAuthStepPlan { Keyfile: { } keyfile } => [keyfile.Source],
        GcpIdTokenStepPlan token => [token.Keyfile.Source],
        AwsAuthStepPlan aws => aws.Credentials.Select(c => c.Source),
        HmacSignStepPlan hmac => hmac.Credentials.Select(c => c.Source),
        _ => [],
    };
}
