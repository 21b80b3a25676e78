using System.Globalization;
using System.Text;

namespace IronProxy.Runtime.Metrics;

/// <summary>Writes metrics as Prometheus reads them (text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(8 * 1024);
    private string _name = "";

    /// <summary>Begins a metric; its samples follow.</summary>
    public void Begin(MetricName metric)
    {
        _name = metric.Name;
        _text.Append("# HELP ").Append(_name).Append(' ').Append(metric.Help).Append('\n');
        _text.Append("# TYPE ").Append(_name).Append(' ').Append(metric.Type).Append('\n');
    }

    /// <summary>Writes one value. Values of labels are text.</summary>
    public void Sample(double value, params ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        _text.Append(_name);
        for (var i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"").Append(Escape((string)labels[i].Value!)).Append('"');
        }

        if (labels.Length > 0)
        {
            _text.Append('}');
        }

        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
