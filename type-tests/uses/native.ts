// A mobile app and a command-line program that sign in through the browser.
import { nativeClients } from "@edgeseal/core/native";
import { withAuth } from "@edgeseal/workers-adapter";

export default withAuth(
  () => ({
    nativeClients: nativeClients({ redirectUris: ["http://127.0.0.1/callback", "com.example.app:/callback"] }),
  }),
  { fetch: (_request, _env, _ctx, auth) => Response.json({ hello: auth.user.id }) },
);
