// Who a service is told about, and what it gets, fit the types of the platform and of core.
import type { Authenticated, RequestAuth } from "@edgeseal/core";
import type {
  ForwardedPerson,
  ForwardedVisitor,
  IdentityForwarder,
  ProxyVisitor,
  Upstream,
  VerifiedIdentity,
} from "@edgeseal/core/identity";
import type { PermissionSubject } from "@edgeseal/core/permissions";

declare const visitor: RequestAuth;
declare const person: Authenticated;
declare const identity: VerifiedIdentity;
declare const binding: Fetcher;
declare const published: ReturnType<IdentityForwarder["jwks"]>;

visitor satisfies ForwardedVisitor;
visitor satisfies ProxyVisitor;
person satisfies ForwardedPerson;
identity satisfies PermissionSubject;
binding satisfies Upstream;
published satisfies { readonly keys: readonly JsonWebKey[] };
