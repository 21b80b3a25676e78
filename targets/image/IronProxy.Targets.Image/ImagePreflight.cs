using IronProxy.Plan;

namespace IronProxy.Targets.Image;

/// <summary>What is known to be weak about an image before it is built.</summary>
internal static class ImagePreflight
{
    public static void Check(DeploymentRequest request)
    {
        var isRoot = request.Options.Number("user") == 0;
        if (isRoot)
        {
            request.Preflight.RunsAsRoot();
        }
        else if (request.Model.Listeners.Where(l => l.IsPrivileged).ToArray() is [var first, ..] low)
        {
            request.Preflight.PortsNeedSysctl(first.Key, low.Select(l => l.Port).Distinct(), request.Options["user"]);
        }

        if (request.Model.Listener(ListenerRole.Metrics) is null)
        {
            request.Preflight.NoHealthCheck();
        }
    }
}
