using System.Text;

namespace IronProxy.Targets.Files;

/// <summary>One file of a deployment.</summary>
/// <param name="Path">Path inside the deployment's folder, with slashes.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsExecutable">Whether it is a program.</param>
public sealed record DeploymentFile(string Path, ReadOnlyMemory<byte> Content, bool IsExecutable = false)
{
    /// <summary>A file of text, in UTF-8.</summary>
    public static DeploymentFile OfText(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    /// <summary>A program in a language that is text.</summary>
    public static DeploymentFile OfScript(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), IsExecutable: true);

    /// <summary>The content as text.</summary>
    public string Text => Encoding.UTF8.GetString(Content.Span);
}
