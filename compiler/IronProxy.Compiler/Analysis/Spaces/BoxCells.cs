using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>One client, scheme, port and method at which boxes differ. A null client, port or method stands for all that no box names.</summary>
internal sealed record BoxCell(string? Client, string Scheme, int? Port, string? Method, ImmutableArray<string> Paths, string Path)
{
    /// <summary>What differs, whatever the client, scheme, port and method.</summary>
    public string PathsKey { get; } = string.Join(' ', Paths);
}

/// <summary>Joins cells that differ alike, so that people read few lines.</summary>
internal static class BoxCells
{
    private static readonly Choice<string> Anybody = new(Except: true, []);

    private static readonly string[] UsualMethods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

    public static ImmutableArray<BoxSlice> Join(IReadOnlyList<BoxCell> cells, string?[] clients, int?[] ports, string?[] methods)
    {
        // Clients at which all else is the same, the request that shows it included.
        var ofClients = cells.GroupBy(c => c.Client, StringComparer.Ordinal).Select(g => (Client: g.Key, Slices: JoinOfOne([.. g], ports, methods)));
        return
        [
            .. from alike in ofClients.GroupBy(c => Key(c.Slices), StringComparer.Ordinal)
               let here = alike.Select(c => c.Client).ToArray()
               from slice in alike.First().Slices
               select slice with { Clients = ChoiceOf(here, clients), Witness = slice.Witness with { Client = here[0] } },
        ];
    }

    private static string Key(ImmutableArray<BoxSlice> slices) => string.Join(
        '\n',
        slices.Select(s => $"{s.Methods.Except} {string.Join(' ', s.Methods.Items)};{string.Join(' ', s.Paths)};{string.Join(' ', s.Schemes)};{s.Ports.Except} {string.Join(' ', s.Ports.Items)};{s.Witness}"));

    /// <summary>Joins the cells of one client.</summary>
    private static ImmutableArray<BoxSlice> JoinOfOne(BoxCell[] cells, int?[] ports, string?[] methods)
    {
        // Methods with the same paths, then ports with the same of those, then schemes with the same of all.
        var ofPorts = cells.GroupBy(c => (c.Scheme, c.Port)).Select(g => (g.Key.Scheme, g.Key.Port, Cells: g.ToArray(), Key: MethodsKey(g)));
        var ofSchemes = ofPorts.GroupBy(p => p.Scheme)
            .Select(s => (Scheme: s.Key, Ports: s.GroupBy(p => p.Key, StringComparer.Ordinal).ToArray()))
            .Select(s => (s.Scheme, s.Ports, Key: string.Join(';', s.Ports.Select(p => $"{string.Join(',', p.Select(q => q.Port))}/{p.Key}"))));
        var slices =
            from schemes in ofSchemes.GroupBy(s => s.Key, StringComparer.Ordinal)
            from portGroup in schemes.First().Ports
            from methodGroup in portGroup.First().Cells.GroupBy(c => c.PathsKey, StringComparer.Ordinal)
            let portsHere = portGroup.Select(p => p.Port).ToArray()
            let methodsHere = methodGroup.Select(c => c.Method).ToArray()
            let scheme = schemes.First().Scheme
            select new BoxSlice(
                ChoiceOf(methodsHere, methods),
                methodGroup.First().Paths,
                [.. schemes.Select(s => s.Scheme).Order(StringComparer.Ordinal)],
                ChoiceOf(portsHere, ports),
                Anybody,
                Witness(scheme, ports, methods, portsHere, port => portGroup.First(p => p.Port == port).Cells.Where(c => c.PathsKey == methodGroup.Key)));
        return [.. slices];
    }

    private static string MethodsKey(IEnumerable<BoxCell> cells) => string.Join(' ', cells.Select(c => $"{c.Method}:{c.PathsKey}"));

    private static Choice<string> ChoiceOf(string?[] here, string?[] all) => here.Contains(null)
        ? new Choice<string>(Except: true, [.. all.Except(here).OfType<string>()])
        : new Choice<string>(Except: false, [.. here.OfType<string>()]);

    private static Choice<int> ChoiceOf(int?[] here, int?[] all) => here.Contains(null)
        ? new Choice<int>(Except: true, [.. all.Except(here).OfType<int>()])
        : new Choice<int>(Except: false, [.. here.OfType<int>()]);

    /// <summary>The most usual of the requests: GET rather than another, the scheme's port rather than another.</summary>
    /// <remarks>Cells with the same patterns may still differ in single paths, so path, port and method are those of one cell.</remarks>
    private static BoxWitness Witness(string scheme, int?[] ports, string?[] methods, int?[] portsHere, Func<int?, IEnumerable<BoxCell>> cellsOf)
    {
        var usual = CanonicalRequest.DefaultPort(scheme);
        var port = portsHere.Contains(usual) || (portsHere.Contains(null) && !ports.Contains(usual)) ? usual
            : portsHere.OfType<int>().FirstOrDefault() is > 0 and var named ? named
            : Enumerable.Range(1024, ports.Length).First(p => !ports.Contains(p));
        var byMethod = cellsOf(ports.Contains(port) ? port : null).ToDictionary(c => c.Method ?? Unnamed(methods), c => c.Path, StringComparer.Ordinal);
        var method = UsualMethods.FirstOrDefault(byMethod.ContainsKey) ?? byMethod.Keys.First();
        return new BoxWitness(method, scheme, port, byMethod[method], null);
    }

    /// <summary>A method that no box names.</summary>
    private static string Unnamed(string?[] methods) =>
        UsualMethods.Concat(RequestMethod.Names.Where(m => m != "CONNECT"))
            .Concat(Enumerable.Range(1, methods.Length).Select(i => $"OTHER{i}"))
            .First(m => !methods.Contains(m));
}
