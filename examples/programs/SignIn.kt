// An Android application, with AppAuth (net.openid:appauth, 0.11 or newer): code flow, PKCE, a scheme of its own
// (RFC 8252 §7.1). The system's browser shows the server's page; the application never sees a password. Register it:
//
//     countersign client create Bank --public --redirect-uri com.example.bank:/callback --scope openid --scope offline_access --scope accounts:read
//
// and give the scheme to AppAuth, in build.gradle.kts: manifestPlaceholders["appAuthRedirectScheme"] = "com.example.bank"
//
// Any application of the phone may claim a scheme, so people are asked each time. An https address that Android has
// verified for the application (App Links) is nobody else's: use one where you can, registered just so.
package com.example.bank

import android.content.Context
import android.content.Intent
import android.net.Uri
import net.openid.appauth.AuthState
import net.openid.appauth.AuthorizationException
import net.openid.appauth.AuthorizationRequest
import net.openid.appauth.AuthorizationResponse
import net.openid.appauth.AuthorizationService
import net.openid.appauth.AuthorizationServiceConfiguration
import net.openid.appauth.ResponseTypeValues

class SignIn(context: Context, private val clientId: String) {
    // On the emulator the computer is 10.0.2.2; a released application speaks https alone.
    private val issuer = Uri.parse("https://id.example.com")
    private val service = AuthorizationService(context)

    /** Holds the tokens. Its `jsonSerializeString()` is what to keep, encrypted with a key of the Android Keystore. */
    var state = AuthState()
        private set

    /** Hands over the intent to start, with an `ActivityResultLauncher` of `StartActivityForResult`. */
    fun begin(start: (Intent) -> Unit, fail: (Exception) -> Unit) {
        AuthorizationServiceConfiguration.fetchFromIssuer(issuer) { server, error ->
            if (server == null) return@fetchFromIssuer fail(error!!)
            state = AuthState(server)
            // AppAuth makes state, nonce and the PKCE challenge (S256) by itself.
            val request = AuthorizationRequest.Builder(
                server,
                clientId,
                ResponseTypeValues.CODE,
                Uri.parse("com.example.bank:/callback"),
            ).setScopes("openid", "offline_access", "accounts:read").build()
            start(service.getAuthorizationRequestIntent(request))
        }
    }

    /** Takes what the activity came back with, and gives the code for tokens. */
    fun finish(result: Intent?, done: () -> Unit, fail: (Exception) -> Unit) {
        val response = result?.let(AuthorizationResponse::fromIntent)
        val refused = result?.let(AuthorizationException::fromIntent)
        if (response == null && refused == null) return fail(IllegalStateException("The page was closed."))
        state.update(response, refused)
        if (response == null) return fail(refused!!)
        service.performTokenRequest(response.createTokenExchangeRequest()) { tokens, error ->
            state.update(tokens, error)
            if (tokens == null) fail(error!!) else done()
        }
    }

    /** Calls with an access token that is good now: AppAuth renews it first where it must, once for many callers. */
    fun withToken(call: (accessToken: String) -> Unit, fail: (Exception) -> Unit) {
        state.performActionWithFreshTokens(service) { accessToken, _, error ->
            if (accessToken == null) fail(error!!) else call(accessToken)
        }
    }

    /** In `onDestroy`. */
    fun close() = service.dispose()
}
