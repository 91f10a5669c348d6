package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
)

//go:embed nginx.conf
var nginxConf string

// findNginx returns where nginx is; Debian has it where users' PATH does not reach.
func findNginx() (string, error) {
	binary, err := exec.LookPath("nginx")
	if errors.Is(err, exec.ErrNotFound) {
		binary, err = exec.LookPath("/usr/sbin/nginx")
	}
	if err != nil {
		return "", fmt.Errorf("finding nginx, whose cache is compared with (Debian's package is called nginx): %w", err)
	}
	return binary, nil
}

// startNginx starts an nginx whose cache stands before an origin, both host:port. It has
// nothing to do with one that the machine may run: its files are below dir, and it
// has a worker for each core.
func startNginx(ctx context.Context, binary, dir, addr, origin, ready string) (*process, error) {
	text, err := nginxConfig(dir, addr, origin)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return startProcess(ctx, func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, binary, "-p", dir, "-c", file, "-e", "stderr")
	}, "nginx", ready)
}

func nginxConfig(dir, addr, origin string) (string, error) {
	t, err := template.New("nginx.conf").Parse(nginxConf)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{"Dir": dir, "Addr": addr, "Origin": origin, "Workers": runtime.NumCPU(), "Root": os.Geteuid() == 0})
	return b.String(), err
}
