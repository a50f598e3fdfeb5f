/*
 * Where a connection logs in. The refresh of a session goes to the host that issued it, so the base is stored
 * beside the tokens; data calls go to the session's instance_url, which is never built from anything.
 */
#ifndef PERLY_SALESFORCE_LOGIN_H
#define PERLY_SALESFORCE_LOGIN_H

#include "base/error.h"

/*
 * The login base URL ("https://acme.my.salesforce.com", no slash at the end) of what a person wrote:
 *     "production", "sandbox"                    login.salesforce.com, test.salesforce.com
 *     acme.my.salesforce.com                     a My Domain (acme--uat.sandbox.my.salesforce.com too)
 *     https:// with any of those hosts           with or without a slash at the end
 *     http://127.0.0.1:8080 and its like         loopback alone, for a local Salesforce
 * ERROR_SF_LOGIN_HOST for everything else, credentials, paths and ports of public hosts included. In `arena`.
 */
Error sf_login_base(Arena *arena, Slice text, Slice *base);

/*
 * ERROR_SF_ANSWER unless the URL is what a token answer may name as instance_url: https with a host alone, or
 * loopback when the login host is loopback too. A bearer token is sent there.
 */
Error sf_instance_url_check(Slice url, Slice login_base);

/* True for http:// or https:// and 127.0.0.1, [::1] or localhost, with or without a port, and nothing after.
 */
bool sf_url_is_loopback(Slice url);

/* The URL up to its path: "https://login.salesforce.com"; the whole URL when it has no path. */
Slice sf_url_origin(Slice url);

#endif
