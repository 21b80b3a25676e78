using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.File;

/// <summary>Reads a secret from a file. Editors and <c>echo</c> end files with a line break, which is not part of the value.</summary>
internal sealed class FileSecretSource(FileSourcePlan plan, HostAccess host) : ISecretSource
{
    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        string content;
        try
        {
            content = await Task.Run(() => host.ReadFile(plan.Path), cancellation).ConfigureAwait(false); // The file system may be slow.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The secret of line {plan.At.Line} is missing: the file {plan.Path} cannot be read ({e.GetType().Name}).", e);
        }

        var value = content.EndsWith("\r\n", StringComparison.Ordinal) ? content[..^2]
            : content.EndsWith('\n') ? content[..^1]
            : content;
        return value.Length > 0
            ? value
            : throw new StartupException($"The secret of line {plan.At.Line} is missing: the file {plan.Path} is empty.");
    }
}
