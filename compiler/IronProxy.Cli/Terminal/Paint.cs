namespace IronProxy.Cli.Terminal;

/// <summary>ANSI colours, or none.</summary>
/// <param name="color">Whether the writer takes colours.</param>
internal sealed class Paint(bool color)
{
    public string Bold(string text) => With(text, "1");

    public string Dim(string text) => With(text, "2");

    public string Good(string text) => With(text, "1;32");

    public string Bad(string text) => With(text, "1;31");

    public string Note(string text) => With(text, "1;33");

    private string With(string text, string code) => color ? $"\e[{code}m{text}\e[0m" : text;
}
