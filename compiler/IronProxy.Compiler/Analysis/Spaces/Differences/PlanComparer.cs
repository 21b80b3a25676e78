using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>Compares what two plans do, whatever the order and the spelling of their rules.</summary>
public sealed class PlanComparer
{
    private readonly ProxyPlan _old;
    private readonly ProxyPlan _new;
    private readonly WitnessJudge _oldJudge;
    private readonly WitnessJudge _newJudge;
    private readonly RequestSpace _oldReachable;
    private readonly RequestSpace _newReachable;
    private readonly SecretPair[] _secrets;
    private readonly SettingsComparer _settings;
    private readonly SpaceComparer _spaces;

    private PlanComparer(ProxyPlan old, ProxyPlan @new)
    {
        (_old, _new) = (old, @new);
        (_oldJudge, _newJudge) = (new WitnessJudge(old), new WitnessJudge(@new));
        var (oldSpaces, newSpaces) = (new PlanSpaces(old), new PlanSpaces(@new));
        (_oldReachable, _newReachable) = (oldSpaces.Reachable(), newSpaces.Reachable());
        _secrets = [.. SecretPair.Of(old, @new, oldSpaces, newSpaces)];
        _settings = new SettingsComparer(old, @new, oldSpaces, newSpaces);
        _spaces = new SpaceComparer([_oldReachable, _newReachable, .. _secrets.SelectMany(s => s.Spaces), .. _settings.Spaces]);
    }

    /// <summary>Compares two plans.</summary>
    /// <exception cref="PlanException">The tables of a plan do not fit together.</exception>
    /// <exception cref="AnalysisLimitException">The patterns combine in too many ways.</exception>
    public static PlanDifference Compare(ProxyPlan old, ProxyPlan @new) => new PlanComparer(old, @new).Compare();

    private PlanDifference Compare() => new()
    {
        Reachable = Confirmed(_newReachable, _oldReachable, w => _newJudge.Reaches(w) && !_oldJudge.Reaches(w)),
        Unreachable = Confirmed(_oldReachable, _newReachable, w => _oldJudge.Reaches(w) && !_newJudge.Reaches(w)),
        Secrets = [.. _secrets.Select(Compare).OfType<SecretDifference>()],
        Settings = [.. _settings.Compare(_spaces), .. _secrets.SelectMany(s => s.Settings(_spaces))],
        Undecided = [.. _spaces.Undecided],
    };

    private SecretDifference? Compare(SecretPair pair)
    {
        bool OldSends(RequestWitness w) => _oldJudge.Sends(pair.Old, w);
        bool NewSends(RequestWitness w) => _newJudge.Sends(pair.New, w);
        var sendable = Confirmed(pair.NewSpace, pair.OldSpace, w => NewSends(w) && !OldSends(w));
        var noLonger = Confirmed(pair.OldSpace, pair.NewSpace, w => OldSends(w) && !NewSends(w));
        var standing = pair.Old.Length == 0 ? "added" : pair.New.Length == 0 ? "removed" : "kept";
        return standing == "kept" && sendable.IsEmpty && noLonger.IsEmpty
            ? null
            : new SecretDifference(pair.Name, pair.Mode, standing, sendable, noLonger);
    }

    private ImmutableArray<SpaceDifference> Confirmed(RequestSpace space, RequestSpace without, Func<RequestWitness, bool> confirm)
    {
        var difference = _spaces.Difference(space, without);
        foreach (var slice in difference.SelectMany(d => d.Slices))
        {
            WitnessJudge.Confirm(confirm(slice.Witness), slice.Witness);
        }

        return difference;
    }
}
