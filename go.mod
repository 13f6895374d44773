module ctlog

go 1.26
