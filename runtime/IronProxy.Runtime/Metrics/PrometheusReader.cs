using System.Diagnostics.Metrics;

namespace IronProxy.Runtime.Metrics;

/// <summary>Reads the instruments of a proxy when somebody asks for its metrics.</summary>
internal sealed class PrometheusReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, List<(double Value, KeyValuePair<string, object?>[] Labels)>> _samples = [];

    /// <summary>Listens to a meter. Instruments may be added later.</summary>
    public PrometheusReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.Start();
    }

    /// <summary>All metrics that have instruments, in the order of <see cref="MetricNames.All"/>.</summary>
    public byte[] Read()
    {
        lock (_gate)
        {
            _samples.Clear();
            _listener.RecordObservableInstruments();
            var text = new PrometheusText();
            foreach (var metric in MetricNames.All)
            {
                if (!_samples.TryGetValue(metric.Name, out var samples))
                {
                    continue;
                }

                text.Begin(metric);
                foreach (var (value, labels) in samples)
                {
                    text.Sample(value, labels);
                }
            }

            return text.ToBytes();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (!_samples.TryGetValue(instrument.Name, out var samples))
        {
            _samples.Add(instrument.Name, samples = []);
        }

        samples.Add((value, labels.ToArray()));
    }
}
