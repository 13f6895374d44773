package event

import "testing"

func TestRefused(t *testing.T) {
	for code, want := range map[string]bool{
		"AccessDenied": true, "AccessDeniedException": true, "Client.UnauthorizedOperation": true, "UnauthorizedOperation": true,
		"NotAuthorizedException": true, "Client.AuthFailure": true, "InvalidClientTokenId": true, "SignatureDoesNotMatch": true, "Server.Forbidden": true,
		"ThrottlingException": false, "NoSuchBucketPolicy": false, "NoSuchEntityException": false, "ParameterAlreadyExists": false,
		"ResourceNotFoundException": false, "EntityTemporarilyUnmodifiableException": false, "": false, "ValidationException": false,
	} {
		if got := Refused([]byte(code), []byte("x")); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
	if !Refused(nil, []byte("Failed authentication")) || Refused(nil, []byte("An object is gone")) {
		t.Error("messages without a code")
	}
}
