package cloudtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// keysAPage is less than AWS gives, so that there are pages.
const keysAPage = 2

// listPublicKeys gives the keys that were valid at some time of a span.
func listPublicKeys(w http.ResponseWriter, r *http.Request, keys []trailgen.Key) {
	var asked struct {
		StartTime, EndTime float64
		NextToken          string
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	start, end := time.Unix(int64(asked.StartTime), 0), time.Unix(int64(asked.EndTime), 0)
	list := []map[string]any{}
	for _, k := range keys {
		if !k.End.Before(start) && !k.Start.After(end) {
			list = append(list, map[string]any{
				"Value": k.Value(), "Fingerprint": k.Fingerprint(),
				"ValidityStartTime": k.Start.Unix(), "ValidityEndTime": k.End.Unix(),
			})
		}
	}
	page := map[string]any{}
	from, _ := strconv.Atoi(asked.NextToken)
	to := min(from+keysAPage, len(list))
	if to < len(list) {
		page["NextToken"] = strconv.Itoa(to)
	}
	page["PublicKeyList"] = list[min(from, to):to]
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(page)
}

// region is the one that a request was signed for.
func region(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}
