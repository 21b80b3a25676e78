namespace IronProxy.Runtime.Secrets.OnePasswordConnect;

/// <summary>The parts of <c>op://vault/item/[section/]field</c>: titles, or ids.</summary>
/// <param name="Vault">The vault.</param>
/// <param name="Item">The item.</param>
/// <param name="Section">The section of the item; null for a field anywhere in it.</param>
/// <param name="Field">The field.</param>
internal sealed record SecretReference(string Vault, string Item, string? Section, string Field)
{
    private const string Scheme = "op://";

    /// <summary>Reads one of a plan, whose form the compiler has checked; null when it is none.</summary>
    public static SecretReference? Parse(string text) =>
        (text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..].Split('/') : []) switch
        {
            [var vault, var item, var field] => new(vault, item, null, field),
            [var vault, var item, var section, var field] => new(vault, item, section, field),
            _ => null,
        };
}
