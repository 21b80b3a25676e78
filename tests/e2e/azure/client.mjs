// A workload with Microsoft's library, without any credential that is worth something. It prints the token that it got.
// client.mjs managed | secret | default
import { ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';

const made = {
  managed: () => new ManagedIdentityCredential(),
  secret: () => new ClientSecretCredential('72f988bf-86f1-41af-91ab-2d7cd011db47', '00001111-aaaa-2222-bbbb-3333cccc4444', 'a placeholder'),
  default: () => new DefaultAzureCredential(),
};
const token = await made[process.argv[2]]().getToken('https://management.azure.com/.default');
console.log(token.token);
process.exit(0); // The library keeps connections.
