using System.Reflection;

namespace IronProxy.Targets;

/// <summary>The version of this build, which images are tagged with.</summary>
public static class ProductVersion
{
    /// <summary>Such as <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("The assembly was built without a version.");
}
