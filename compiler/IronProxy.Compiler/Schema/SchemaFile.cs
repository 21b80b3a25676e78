namespace IronProxy.Compiler.Schema;

/// <summary>The checked-in schemas, as they were built into this assembly.</summary>
public static class SchemaFile
{
    /// <summary>Text of schema/proxy.schema.json.</summary>
    public static string ProxyYaml => Read("proxy.schema.json");

    /// <summary>Text of schema/policy-test.schema.json.</summary>
    public static string PolicyTests => Read("policy-test.schema.json");

    /// <summary>Text of schema/settings.schema.json.</summary>
    public static string Settings => Read("settings.schema.json");

    private static string Read(string name)
    {
        using var stream = typeof(SchemaFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
