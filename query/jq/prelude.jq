# Builtins that are easiest said in jq itself. They are compiled when a program
# uses them. What each one means is in jq's manual.
def recurse(f): def walk_down: ., (f | walk_down); walk_down;
def recurse(f; cond): def walk_down: ., (f | select(cond) | walk_down); walk_down;
def map_values(f): .[] |= f;
def with_entries(f): to_entries | map(f) | from_entries;
def in(xs): . as $key | xs | has($key);
def paths: path(..) | select(length > 0);
def paths(cond): path(.. | select(cond)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $whole | reduce path(f) as $p (null; setpath($p; $whole | getpath($p)));
def fromstream(f): {x: null, e: false} as $init
  | foreach f as $i ($init;
      if .e then $init else . end
      | if $i | length == 2
        then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
        else setpath(["e"]; $i[0] | length == 1) end;
      if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $in
  | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
def while(cond; next): def loop: if cond then ., (next | loop) else empty end; loop;
def until(cond; next): def loop: if cond then . else next | loop end; loop;
def repeat(f): def loop: ., (f | loop); loop;
def nth($n; f): last(limit($n + 1; f));
def skip($n; f): if $n > 0 then foreach f as $x ($n; . - 1; if . < 0 then $x else empty end) else f end;
def isfinite: type == "number" and (isinfinite | not);
def finites: select(type == "number" and (isinfinite or isnan | not));
def normals: select(isnormal);
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $rest | [$x] + $rest end;
def combinations(n): . as $in | [range(n)] | map($in) | combinations;
def walk(f): def down: if type == "object" then map_values(down) elif type == "array" then map(down) else . end | f; down;
def _named_groups: [.captures[] | select(.name != null) | {key: .name, value: .string}] | from_entries;
def capture($re): capture($re; null);
def capture($re; $flags): match($re; $flags) | _named_groups;
def scan($re): scan($re; "g");
def scan($re; $flags): match($re; "g" + $flags) | if (.captures | length) > 0 then [.captures[].string] else .string end;
def splits($re): splits($re; null);
def splits($re; $flags): split($re; $flags) | .[];
def INDEX(stream; key): reduce stream as $row ({}; .[$row | key | tostring] |= $row);
def INDEX(key): INDEX(.[]; key);
def JOIN($idx; key): [.[] | [., $idx[key]]];
def JOIN($idx; stream; key): stream | [., $idx[key]];
def JOIN($idx; stream; key; join): stream | [., $idx[key]] | join;
def debug(msg): (msg | debug | empty), .;
