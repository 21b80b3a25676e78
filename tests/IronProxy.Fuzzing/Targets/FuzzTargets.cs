namespace IronProxy.Fuzzing.Targets;

/// <summary>The one list of targets.</summary>
internal static class FuzzTargets
{
    /// <summary>The parsers of the product.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new ClientHelloTarget(),
        new Socks5Target(),
        new Socks5AnswersTarget(),
        new ConnectTarget(),
        new ResponseTarget(),
        new ChunksTarget(),
        new DnsQueryTarget(),
        new DnsResponseTarget(),
        new Http2Target(),
        new WebSocketFramesTarget(),
        new PathTarget(),
        new UrlTarget(),
        new PlanTarget(),
    ];

    /// <summary>Finds a target, a planted one too.</summary>
    public static FuzzTarget? Find(string name) => All.Concat(PlantedTarget.All).FirstOrDefault(t => t.Name == name);
}
