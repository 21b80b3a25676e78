using IronProxy.Fuzzing.Planted;

namespace IronProxy.Fuzzing.Targets;

/// <summary>Faults that are there on purpose, to see them found. None of them is behind a piece of a dictionary.</summary>
internal sealed class PlantedTarget : FuzzTarget
{
    private readonly Action<byte[]> _parse;

    private PlantedTarget(string name, Action<byte[]> parse)
        : base(name) => _parse = parse;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new PlantedTarget("planted-exception", input => Require(!PlantedParser.IsMagic(input), "The magic word is not found")),
        new PlantedTarget("planted-loop", input => Spin(PlantedParser.BeginsMagic(input))),
        new PlantedTarget("planted-overflow", input => Descend(PlantedParser.BeginsMagic(input) ? int.MaxValue : 1)),
        new PlantedTarget("planted-allocation", input => GC.KeepAlive(new byte[PlantedParser.BeginsMagic(input) ? 16 << 20 : 1])),
        new PlantedTarget("planted-cut", input => RequireEqual(PlantedParser.HasBegin(input, []), PlantedParser.HasBegin(input, [2]), "It is read alike when it is cut")),
    ];

    public override IEnumerable<byte[]> Seeds => [new byte[8]];

    public override int MaxLength => 16;

    public override void Run(byte[] input, IReadOnlyList<int> cuts) => _parse(input);

    private static void Spin(bool forEver)
    {
        while (forEver)
        {
            Thread.Yield();
        }
    }

    private static int Descend(int depth) => depth == 0 ? 0 : 1 + Descend(depth - 1);
}
