package s3

import (
	"errors"
	"io"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// Patient makes of the SDK's retries, which its settings choose, some that also
// ask again when an answer began well and was then cut off. All requests that
// are made here can be repeated.
func Patient(r aws.Retryer) aws.Retryer {
	if v2, ok := r.(aws.RetryerV2); ok {
		return patient{v2}
	}
	return r
}

type patient struct{ aws.RetryerV2 }

func (p patient) IsErrorRetryable(err error) bool {
	return p.RetryerV2.IsErrorRetryable(err) || cutOff(err)
}

// cutOff reports whether an answer ended before it was whole.
func cutOff(err error) bool {
	var decoding *smithy.DeserializationError
	var connection *net.OpError
	return errors.As(err, &decoding) && (errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &connection))
}
