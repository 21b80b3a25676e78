using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands.Deploy;

/// <summary>
/// The deployments that are checked in beside the samples are what <c>ironc deploy</c> writes today. A sample's folder
/// <c>deployments</c> has a folder for each target, and <c>TARGET.options</c> where options must be set.
/// </summary>
public class SampleDeploymentTests
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    /// <summary>Sample and target.</summary>
    public static TheoryData<string, string> Deployments
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var folder in Directory.GetDirectories(RepositoryRoot.Combine("samples")).Order(StringComparer.Ordinal).Select(s => Path.Combine(s, "deployments")).Where(Directory.Exists))
            {
                foreach (var target in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
                {
                    data.Add(Path.GetFileName(Path.GetDirectoryName(folder)!), Path.GetFileName(target)); // The sample is above it.
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Deployments))]
    public async Task A_sample_is_deployed_as_it_is_checked_in(string sample, string target)
    {
        var folder = RepositoryRoot.Combine("samples", sample);
        var options = Path.Combine(folder, "deployments", target + ".options");
        string[] command =
        [
            "deploy", "--target", target, Path.Combine(folder, "proxy.yaml"), "--output", Path.Combine(folder, "deployments", target),
            .. File.Exists(options) ? (string[])["--options", options] : [],
        ];
        if (Update)
        {
            await CliRun.Of([.. command, "--force"]);
        }

        var run = await CliRun.Of([.. command, "--check"]);

        Assert.True(run.Exit == ExitCode.Ok, $"{run}\nRun the test with UPDATE_SNAPSHOTS=1 to write it.");
    }
}
