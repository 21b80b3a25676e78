using System.Diagnostics;

namespace IronProxy.Compiler.Lowering;

/// <summary>Lowering starts when there is no error, so what validation requires is there.</summary>
internal static class CheckedValues
{
    /// <summary>The value, which validation has required.</summary>
    public static T Checked<T>(this T? value)
        where T : struct => value ?? throw new UnreachableException("lowering met a value that validation should have refused");

    /// <summary>The value, which validation has required.</summary>
    public static T Checked<T>(this T? value)
        where T : class => value ?? throw new UnreachableException("lowering met a value that validation should have refused");
}
