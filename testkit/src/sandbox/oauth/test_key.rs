//! A key for tests of service accounts.

use serde_json::json;

/// An RSA key pair of 2048 bits in PEM (PKCS#8), made for these tests alone. It is public, so it protects nothing:
/// never register it at a real provider.
pub const TEST_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDBS7/3+FSWsa2D
0SQqs0bK83De55I6WT1ZY4UrhYT1IJVoVCzT6pugIgktmjV5E4zZz07ioGovm3NN
OUzs58ZOo7CcLRbleN4MhM/6lq3a0gMMQ6R+4FymMpW1oMUCN+/kN1A/7M9bYsyb
PYEtCcSrmTno57bWw+puiBAzBQkdBDSSvJZFPK6Lz6iL6xUorqPEeIOEqsacSjWV
joekj8BSVhFQF+PXS5LvDJvQdR5BiIcFNCBNftvb1Q+Gsi6YZMs8dUQtUw5wNSC4
tq1ngrG8gD65qojjsyvPWPvQestuLaXnJDLSvaef4Snnl99MnRH9P8y9T7u5UF/k
QsWf0v2BAgMBAAECggEAHYMpdWdYJu/24aQ6JOjdZgRC7KL9BmVKAs65Q5qttlgk
vQVJGOFTpIs9zSrOf5ohYb9kuHZXRXCIa2HUdxaw26COHlzwsirroDaw+H4utN+8
G7sXhPr65Qcz0246ANY14tQihQ1s4B5BcMcJuizTzIK8aZfjUylzhC/IZWR0mUDJ
45shEvWg9pD2drjm7KdU2V8yGn81oyivtxkIlwOlGY+uP7HNUZ++QrmNGBnK4i2F
4wz0AB5Z9AlRaetWcRrO1kMMAU2tqKIovTucRmhXBc2CumVpi457uQNWZaKgATlD
Pc+cXedUsOpPwO+/ZJsM/6zYUzK5h0mQDbY6t/fCxwKBgQDtAOFnT+Au6ntGTKs6
p6Jp6Lz+tGj6BWlIVGOiwH8YggJvczPTO5/V88xzJ53D7eQHeVxQltV8c289wpCX
pgAGyZphEpF7elcXyBVU3k7ksuVWNt0QSMSgVBbs8ipCji0LLPmEy/NzRXoDBLvd
Yh9O7MZkk2IhY3uyZftlx2aGCwKBgQDQygagBpDXcoMsGyqTlUy2AlRUaWiyUVdI
WTOrQK62QUuQuGkmPuafjUgaZHdNMbqTZLqUgWqF8MWR0zlGkSQ/7dqprz8d55VM
R8hRpikmsZt5fZe3RTGwESeK1mQ1qXRHtFvOM9wlKIjy121v1F3Z/H4hpfakHvV0
heIECAg+IwKBgDqCNCMgGfUbF/HD7aWeSr8goL+0ZBINEe+0PaCpKvcu6VEAPLQS
DSRxenCXQCBlcxzRPhP7GJsPmE/D35RAe9MxI/aA8f9stWF+mJ2KACn/bBR7mNlz
TW9TMxGtuvcRSFdw8+xvuRsk9LkYCxTdK2N9moCrzdb2S0xAVu7Kain/AoGAXy7K
qGd13pJY1GGqHk/hAdS8ByNq1Ggap2PrFzZMr8/CmD5JyWLBlpk89rM4ZBu4l/tC
x/Lb0iX6m8k0gkQmx3IyzkqTNpndyUGsQ/TBK9+qJk+oO6eyyDZ51WR5mLEgzpOd
irq/sLzy+epV/LZO9tKR2dskPpvSgIWMjRPwVgsCgYAjrcdXljuQDVvE/5fXTp37
qrds5458HcM9dJ/9WewgOAzTEVxxmICfJ+Q0eidcGROKrCwCbDVYzQyo0oklYdbl
olARMoP4jcgyQeLTmZW9QNxLMy5MQmZEq8Sisnh3J4IFZMaDDupv03FDV87t1G2B
kXEMjZco7MGK0KKxzg+6lw==
-----END PRIVATE KEY-----
";

/// The text of a key file, in the form in which Google gives it out, for the service account of address `email` and
/// numeric id `client_id`. The key in it is [`TEST_KEY`].
pub fn test_key_file(email: &str, client_id: &str) -> String {
    let file = json!({
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": "0000000000000000000000000000000000000001",
        "private_key": TEST_KEY,
        "client_email": email,
        "client_id": client_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    });
    format!("{file:#}")
}
