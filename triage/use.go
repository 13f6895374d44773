package triage

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"ctlog/event"
)

// use is how a key of a role's session was used: from which network, with which
// kind of client. It is a part of the fact of the key, so that it costs no more
// facts than there were where a key is used from one place, as most are.
type use struct {
	key, network, client string
	session              string // the instance whose credentials they are, "" of others
	Seen
}

// keyUse appends a key with its use.
func (r *FactReader) keyUse(v func(int) []byte) {
	if !event.HasText(v(colKey)) {
		return
	}
	key := append(r.use[:0], r.textOf(v(colKey))...)
	defer func() { r.use = key }()
	if r.isText(v(colType), "AssumedRole") && !event.HasText(v(colEndpoint)) {
		if at := r.network(r.textOf(v(colAddress))); len(at) > 0 {
			key = append(append(append(key, 0), at...), 0)
			key = append(appendClient(key, r.textOf(v(colAgent))), 0)
			key = append(key, instanceOf(r.textOf(v(colUser)))...)
		}
	}
	r.fact(KindKey, key)
}

// isText compares a raw string with a text that needs no escapes.
func (r *FactReader) isText(raw []byte, text string) bool {
	if len(raw) == len(text)+2 {
		return string(raw[1:len(raw)-1]) == text
	}
	return bytes.IndexByte(raw, '\\') >= 0 && string(r.textOf(raw)) == text
}

// network gives what addresses of one network have in common, where it stands in
// the text: the first two numbers of four. Of a service's name it is empty. Where
// addresses are looked up it is all of them.
func (r *FactReader) network(address []byte) []byte {
	switch dots := bytes.Count(address, []byte{'.'}); {
	case len(address) == 0 || len(address) > 45:
		return nil
	case bytes.IndexByte(address, ':') >= 0:
		if r.located {
			return address
		}
		return network6(address)
	case dots != 3 || address[0] < '0' || address[0] > '9' || address[len(address)-1] > '9':
		return nil
	case r.located:
		return address
	}
	i := bytes.IndexByte(address, '.')
	return address[:i+1+bytes.IndexByte(address[i+1:], '.')]
}

func network6(address []byte) []byte {
	ip, err := netip.ParseAddr(string(address))
	if err != nil {
		return nil
	}
	p, _ := ip.WithZone("").Prefix(32)
	return []byte(p.String())
}

// hosted stands in the user agents of what runs in Lambda or ECS.
var hosted = []byte("exec-env/AWS_")

// appendClient appends what kind of client a user agent is of: the name before
// its first version, and where it is hosted.
func appendClient(dst, agent []byte) []byte {
	if bytes.Contains(agent, hosted) {
		dst = append(dst, "hosted "...)
	}
	agent = bytes.TrimLeft(agent, "[ ")
	if end := bytes.IndexAny(agent, "/ "); end >= 0 {
		agent = agent[:end]
	}
	return append(dst, bytes.ToLower(agent[:min(len(agent), 48)])...)
}

// instanceOf gives the instance whose credentials a session has, by its name.
func instanceOf(arn []byte) []byte {
	name := arn[bytes.LastIndexByte(arn, '/')+1:]
	if len(name) < 10 || len(name) > 19 || name[0] != 'i' || name[1] != '-' {
		return nil
	}
	for _, c := range name[2:] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return nil
		}
	}
	return name
}

// useOf reads what keyUse has written.
func useOf(text string, s Seen) (u use, ok bool) {
	part := strings.Split(text, "\x00")
	if len(part) != 4 {
		return use{key: text}, false
	}
	return use{part[0], part[1], part[2], part[3], s}, true
}

// sessions looks at from where the keys of sessions were used: by one who has
// stolen them, from another place.
func (e *Profile) sessions(since int64, places *Places) {
	byKey, byInstance := map[string][]use{}, map[string][]use{}
	var keys, instances []string
	for _, u := range e.uses {
		if at := placeOf(u.network, places); at != "" {
			u.network = at
		}
		if byKey[u.key] == nil {
			keys = append(keys, u.key)
		}
		byKey[u.key] = append(byKey[u.key], u)
		if u.session != "" {
			if byInstance[u.session] == nil {
				instances = append(instances, u.session)
			}
			byInstance[u.session] = append(byInstance[u.session], u)
		}
	}
	slices.Sort(keys)
	slices.Sort(instances)
	for _, name := range instances {
		e.strayed(byInstance[name], "credentials of instance "+name, since)
	}
	for _, key := range keys {
		e.leftHost(byKey[key], since)
	}
	e.roamed(keys, byKey, since)
}

// placeOf names the network of an address that was kept whole, as it is where
// places are known: the AS, and else what addresses of one network have in common.
func placeOf(address string, places *Places) string {
	if places == nil {
		return ""
	}
	if at := places.Of(address).Network; at != "" && at != NetworkPrivate {
		return at
	}
	return string((&FactReader{}).network([]byte(address)))
}

// strayed: credentials of an instance were used from another network than before
// by another client than before; of either alone there are harmless reasons. With
// places known it is enough that the network is not Amazon's.
func (e *Profile) strayed(uses []use, what string, since int64) {
	slices.SortFunc(uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.First, b.First), strings.Compare(a.network, b.network), strings.Compare(a.client, b.client))
	})
	var before []use
	for _, u := range uses {
		same := func(o use) bool { return o.network == u.network || isVersion6(o.network) != isVersion6(u.network) }
		client := func(o use) bool { return o.client == u.client }
		if reasonable := since == event.NoTime || isNew(u.Seen, since); !reasonable {
			before = append(before, u)
			continue
		}
		if isForeign(u.network) {
			e.because(50, "%s were used outside of AWS: from %s with %s", what, u.network, u.client)
			return
		}
		if len(before) > 0 && !slices.ContainsFunc(before, same) && !slices.ContainsFunc(before, client) {
			e.because(50, "%s were used from %s with %s, before from %s with %s", what, spread(u.network), u.client, spread(before[0].network), before[0].client)
			return
		}
		before = append(before, u)
	}
}

// leftHost: a key that a function or a container has was used from elsewhere by
// what does not run in one.
func (e *Profile) leftHost(uses []use, since int64) {
	at := map[string]bool{}
	for _, u := range uses {
		if strings.HasPrefix(u.client, "hosted ") {
			at[u.network] = true
		}
	}
	if len(at) == 0 {
		return
	}
	for _, u := range uses {
		if !at[u.network] && !strings.HasPrefix(u.client, "hosted ") && (since == event.NoTime || isNew(u.Seen, since)) {
			e.because(50, "credentials of a function or a container, %s, were used outside of it: from %s with %s", u.key, spread(u.network), u.client)
			return
		}
	}
}

// roamed: a session's key was used from more than one public network.
func (e *Profile) roamed(keys []string, byKey map[string][]use, since int64) {
	var found []string
	var networks []string
	weight := 0
	for _, key := range keys {
		uses := byKey[key]
		many, fresh := publicNetworks(uses, since)
		if len(many) < 2 || !fresh {
			continue
		}
		if found = append(found, key); networks == nil {
			networks = many
		}
		weight = max(weight, 30)
		if slices.ContainsFunc(uses, func(u use) bool { return u.client != uses[0].client && u.network != uses[0].network }) {
			weight = 45
		}
	}
	switch n := len(found); {
	case n == 1:
		e.because(weight, "a session's key, %s, was used from %d networks: %s", found[0], len(networks), some(networks))
	case n > 1:
		e.because(weight, "keys of %d sessions were used each from more than one network: %s from %s", n, found[0], some(networks))
	}
}

// publicNetworks are those of the internet that a key was used from, of the
// version of addresses that has most of them, and whether one came after the
// baseline.
func publicNetworks(uses []use, since int64) (list []string, fresh bool) {
	var by [2][]string
	fresh = since == event.NoTime
	for _, u := range uses {
		version := 0
		if isVersion6(u.network) {
			version = 1
		}
		if text := spread(u.network); !isPrivate(u.network) && !slices.Contains(by[version], text) {
			by[version] = append(by[version], text)
			fresh = fresh || isNew(u.Seen, since)
		}
	}
	list = by[0]
	if len(by[1]) > len(by[0]) {
		list = by[1]
	}
	slices.Sort(list)
	return list, fresh
}

// isForeign: it is known whose the network is, and it is not Amazon's.
func isForeign(network string) bool {
	lower := strings.ToLower(network)
	return strings.HasPrefix(network, "AS") && network != NetworkService && !strings.Contains(lower, "amazon") && !strings.Contains(lower, "aws")
}

func isVersion6(network string) bool { return strings.Contains(network, "::/") }

// isPrivate: addresses of the network are nobody's on the internet.
func isPrivate(network string) bool {
	ip, err := netip.ParseAddr(network + ".0.0")
	return network == NetworkPrivate || err == nil && !public(ip) || strings.HasPrefix(network, "fc") || strings.HasPrefix(network, "fd") || strings.HasPrefix(network, "fe80")
}

// spread writes a network of four numbers as others do: 203.0.0.0/16.
func spread(network string) string {
	if strings.Count(network, ".") == 1 && network[0] >= '0' && network[0] <= '9' {
		return network + ".0.0/16"
	}
	return network
}
