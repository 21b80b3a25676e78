namespace IronProxy.Plan;

/// <summary>What a JSON-RPC message is.</summary>
public enum JsonRpcMessageType
{
    /// <summary>It asks for an answer.</summary>
    Request,

    /// <summary>It asks for none.</summary>
    Notification,

    /// <summary>It answers with a result.</summary>
    Response,

    /// <summary>It answers with an error.</summary>
    Error,
}
