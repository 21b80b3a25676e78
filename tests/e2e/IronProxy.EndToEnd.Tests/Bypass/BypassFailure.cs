namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>A case did not come out as its file says. Other exceptions mean that the test itself is at fault.</summary>
internal sealed class BypassFailure(string message) : Exception(message)
{
    public static void Unless(bool condition, string message)
    {
        if (!condition)
        {
            throw new BypassFailure(message);
        }
    }
}
