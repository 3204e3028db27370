// An application for iOS 17.4 or macOS 14.4, with what Apple brings: code flow, PKCE, a scheme of its own (RFC 8252 §7.1).
// The system's browser shows the server's page; the application never sees a password. Register it:
//
//     countersign client create Bank --public --redirect-uri com.example.bank:/callback --scope openid --scope offline_access --scope accounts:read
//
// Any application may claim a scheme, so people are asked each time. An https address that is associated with the
// application (`.https(host:path:)` in place of `.customScheme`) is nobody else's: use one where you can.
import AuthenticationServices
import CryptoKit
import Foundation

struct Tokens: Decodable {
    let access_token: String
    let expires_in: Int
    /// What to keep, in the Keychain, with `kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly`.
    let refresh_token: String?
}

enum SignInError: Error {
    /// The answer is not to our question, or of another server.
    case notOurs
    /// What the server said: `access_denied`, `invalid_grant`…
    case refused(String)
}

@MainActor
final class SignIn: NSObject, ASWebAuthenticationPresentationContextProviding {
    private let issuer = "https://id.example.com"
    private let redirect = "com.example.bank:/callback"
    private let clientId: String
    private let window: ASPresentationAnchor
    private var session: ASWebAuthenticationSession?

    init(clientId: String, window: ASPresentationAnchor) {
        self.clientId = clientId
        self.window = window
    }

    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor { window }

    func signIn() async throws -> Tokens {
        let state = random()
        let verifier = random()
        let challenge = base64url(Data(SHA256.hash(data: Data(verifier.utf8))))
        var address = URLComponents(string: issuer + "/oauth/authorize")!
        address.queryItems = [
            URLQueryItem(name: "response_type", value: "code"),
            URLQueryItem(name: "client_id", value: clientId),
            URLQueryItem(name: "redirect_uri", value: redirect),
            URLQueryItem(name: "scope", value: "openid offline_access accounts:read"),
            URLQueryItem(name: "state", value: state),
            URLQueryItem(name: "code_challenge", value: challenge),
            URLQueryItem(name: "code_challenge_method", value: "S256"),
        ]
        let back = try await show(address.url!)
        let items = URLComponents(url: back, resolvingAgainstBaseURL: false)?.queryItems ?? []
        let answer = Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { _, _ in "" })
        // RFC 9700 §4.7, RFC 9207: only an answer to our question, and of our server.
        guard answer["state"] == state, answer["iss"] == issuer else { throw SignInError.notOurs }
        guard let code = answer["code"] else { throw SignInError.refused(answer["error"] ?? "") }
        return try await tokens([
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier,
        ])
    }

    /// Each use of a refresh token gives the next one, which takes its place. Let one caller at a time renew.
    func renew(_ refreshToken: String) async throws -> Tokens {
        try await tokens(["grant_type": "refresh_token", "refresh_token": refreshToken])
    }

    private func show(_ address: URL) async throws -> URL {
        try await withCheckedThrowingContinuation { answer in
            let session = ASWebAuthenticationSession(url: address, callback: .customScheme("com.example.bank")) {
                back, error in
                if let back { answer.resume(returning: back) } else { answer.resume(throwing: error!) }
            }
            session.presentationContextProvider = self
            self.session = session
            session.start()
        }
    }

    private func tokens(_ form: [String: String]) async throws -> Tokens {
        var request = URLRequest(url: URL(string: issuer + "/oauth/token")!)
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        request.httpBody = Data(form.merging(["client_id": clientId]) { own, _ in own }
            .map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: plain)!)" }
            .joined(separator: "&").utf8)
        let (body, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            let refusal = try? JSONDecoder().decode([String: String].self, from: body)
            throw SignInError.refused(refusal?["error"] ?? "")
        }
        return try JSONDecoder().decode(Tokens.self, from: body)
    }

    /// 256 bits in 43 characters.
    private func random() -> String { base64url(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }) }

    private func base64url(_ bytes: Data) -> String {
        bytes.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
