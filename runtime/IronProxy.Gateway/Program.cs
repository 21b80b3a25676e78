using IronProxy.Gateway;

return await GatewayProgram.RunAsync(args).ConfigureAwait(false);
