package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Error is what AWS or the way to it said, in one line, and what can be done.
type Error struct {
	What  string
	Hint  string // "" when there is nothing to be done
	Fatal bool   // no other request would do better
	Gone  bool   // there is no such object
	Err   error
}

func (e *Error) Error() string { return e.What }
func (e *Error) Unwrap() error { return e.Err }

const (
	hintWho     = "'aws sts get-caller-identity' tells whose credentials these are"
	hintNetwork = "check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL"
)

// meanings are AWS's error codes in words.
var meanings = map[string]Error{
	"NoSuchBucket":                 {What: "there is no such bucket", Hint: "'aws s3 ls' lists the buckets that you own"},
	"NoSuchKey":                    {What: "it is not there (any more)", Gone: true},
	"NotFound":                     {What: "it is not there (any more)", Hint: "check AWS_ENDPOINT_URL, if it is set", Gone: true},
	"PreconditionFailed":           {What: "it was changed while it was read", Hint: "run the command again"},
	"InvalidObjectState":           {What: "it is archived in Glacier", Hint: "'aws s3api restore-object' brings it back for a time"},
	"AccessDenied":                 {What: "access denied", Hint: "s3:ListBucket and s3:GetObject are needed, kms:Decrypt where the trail encrypts, --request-payer where the bucket's owner asks for it; " + hintWho},
	"AccessDeniedException":        {What: "access denied", Hint: "cloudtrail:ListPublicKeys is needed; " + hintWho},
	"Forbidden":                    {What: "access denied", Hint: hintWho},
	"InvalidAccessKeyId":           {What: "the credentials are wrong: AWS does not know the access key", Hint: hintWho, Fatal: true},
	"SignatureDoesNotMatch":        {What: "the credentials are wrong: the secret key does not belong to the access key", Hint: hintWho, Fatal: true},
	"InvalidSignatureException":    {What: "the credentials are wrong: the secret key does not belong to the access key", Hint: hintWho, Fatal: true},
	"InvalidClientTokenId":         {What: "the credentials are wrong: AWS does not know them", Hint: hintWho, Fatal: true},
	"UnrecognizedClientException":  {What: "the credentials are wrong: AWS does not know them", Hint: hintWho, Fatal: true},
	"InvalidToken":                 {What: "the credentials are wrong: AWS does not know the session token", Hint: hintWho, Fatal: true},
	"ExpiredToken":                 {What: "the credentials have expired", Hint: "renew them, as with 'aws sso login', and run the command again", Fatal: true},
	"ExpiredTokenException":        {What: "the credentials have expired", Hint: "renew them, as with 'aws sso login', and run the command again", Fatal: true},
	"TokenRefreshRequired":         {What: "the credentials have expired", Hint: "renew them, as with 'aws sso login', and run the command again", Fatal: true},
	"RequestTimeTooSkewed":         {What: "the clock of this computer is wrong, so that AWS refuses its requests", Hint: "set the clock", Fatal: true},
	"SlowDown":                     {What: "S3 asks to slow down", Hint: "use fewer --jobs, or more AWS_MAX_ATTEMPTS"},
	"PermanentRedirect":            {What: "the bucket is in another region", Hint: "set AWS_REGION to that of the bucket"},
	"AuthorizationHeaderMalformed": {What: "the bucket is in another region", Hint: "set AWS_REGION to that of the bucket"},
}

// unknownCode is what the SDK makes of an answer that is not AWS's.
const unknownCode = "UnknownError"

// explain makes an *Error of what the SDK returned.
func explain(err error) *Error {
	var known *Error
	var api smithy.APIError
	switch {
	case errors.As(err, &known):
		return known
	case strings.Contains(err.Error(), "get credentials"):
		return noCredentials(err)
	case errors.As(err, &api) && api.ErrorCode() != unknownCode:
		return explainCode(api, err)
	}
	return explainWay(err)
}

// denied: other requests may be allowed.
func (e *Error) denied() bool {
	var api smithy.APIError
	return errors.As(e.Err, &api) && (api.ErrorCode() == "AccessDenied" || api.ErrorCode() == "Forbidden")
}

// Explain makes an *Error, which says in one line what went wrong, of an error
// that a client of the SDK returned.
func Explain(err error) error { return explain(err) }

func explainCode(api smithy.APIError, err error) *Error {
	e, ok := meanings[api.ErrorCode()]
	if !ok {
		e.What = strings.TrimSuffix(oneLine(fmt.Errorf("AWS answers %s: %s", api.ErrorCode(), api.ErrorMessage())), ": ")
	}
	if region := regionOf(err); region != "" && strings.Contains(e.Hint, "AWS_REGION") {
		e.Hint = "set AWS_REGION=" + region
	}
	e.Err = err
	return &e
}

// explainWay is about what came in the way of an answer.
func explainWay(err error) *Error {
	var dns *net.DNSError
	var op *net.OpError
	var at *url.Error
	var re *awshttp.ResponseError
	e := &Error{Hint: hintNetwork, Err: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.What = "no answer in time"
	case cutOff(err):
		e.What = "the answer was cut off"
	case errors.As(err, &dns):
		e.What = "cannot reach " + dns.Name + ": the name is not known"
	case errors.As(err, &op) && op.Addr != nil:
		e.What = fmt.Sprintf("cannot reach %s: %s", op.Addr, oneLine(op.Err))
	case errors.As(err, &re) && re.Response != nil && re.HTTPStatusCode() > 0:
		e.What = fmt.Sprintf("the answer has status %d and is not AWS's", re.HTTPStatusCode())
	case errors.As(err, &at):
		e.What = "the connection broke: " + oneLine(at.Err)
	default:
		e.What, e.Hint = oneLine(err), ""
	}
	return e
}

func noCredentials(err error) *Error {
	cause := lastCause(err)
	if strings.Contains(cause, "IMDS") { // the last place that is looked at
		cause = "none were found"
	}
	return &Error{
		What:  "no usable AWS credentials: " + cause,
		Hint:  "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run 'aws sso login'; 'aws configure list' shows what is set",
		Fatal: true, Err: err,
	}
}

// lastCause is the innermost of an error's causes, the one that says something.
func lastCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return oneLine(err)
		}
		err = inner
	}
}

// oneLine makes one line of an error.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
