package pdf

import (
	"compress/zlib"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// encrypted are a file of one line, encrypted by qpdf in each way that there is:
// packed, and in base64.
var encrypted = []struct{ name, file string }{
	{"RC4 of 40 bits", "" +
		"eNqFUr9rFEEUxoAga2Fh7B/CFRZx5/fswHFFzB2KSo4kChJSzO68iSvnbtibSCLY+A/4P9gKNhaW/g9WYiEItnaC2Khzm7vcyhXODLsz37z3vm8eX2+8NdqgN3XS+/Dz9e+EAoE6f5L0+5CO7SFOgU" +
		"dkB9K90yOE9JYNdlIfwmCQYOVmgayTsFeGCUIfsVCOE80IkZ4QY/2gk8A7Cbfq4yoAhfRu6aawD6LlOoD0PrrSbtYnESNxGjNbBwsVZ8KWJcU/JauAVZiCPNM9tk08Ll6xg9P6uCli9ix2FGPPNu13" +
		"006xhdLbOHmGoSwspLvHeWhJZ9R0oaANGwzmqyOro0p2VN3D6jA8BhELjMpJwCb+JzbgFha1a5OmoUH7NLn26sfFS3Djyrd3ayefXl6ur174Mnz09v3nFx+/fw3ra6e/7PU3f9J1NYwk85Q5nerQLT" +
		"h2g62cbdxSAIF0G/qFYYIxlWlvC0SVKeSae0pyWWhHhOYZkZxK5jUyRE6Q0kIZLIRgUiubxyePYUPEfgKD9AH0c+6Mt1wpQxR6wTyXIpoAcy0KaYiWaD3nIp4LIrhUuSVOe+5clkvqiI0FH0YfLJt3" +
		"0qBPCOiEnA9QUnIJHs4xGlvc3lRLTIkVjFK+ihm1gnGxigmpl1hobDmJfZ21+E7la2BzV9X1zMXtfrd8jqDj/Rbs9zkVVBqmou7MaMMZz4RiSnCecaaNHPw/Ipp+WBXN6VEA1TK0XrFNaDukFE96ve" +
		"H2KPkLvWoFSw=="},
	{"RC4 of 128 bits", "" +
		"eNqFUj1v1EAQ7S1RUFEyzYkq2LuzXnul0xX5OEAB5ZRLaKIUY+9uYnTYkW8PJYjfgPgDaYKgIwJRUtBSgkRHRccvAAmJiD3n7mJ0BbZlr9/Om/f2aTqD9f4Ku50EnY+/zi4CBhFU2aOg24VwQAdmDO" +
		"iRbQh3To4MhGvkaFQdQK8XmFJPC3mLsFO4kYEu2pRjnqJlQiKLuMx7LQK2CGvVpHTAINws9Bj2QDRa+xA+MLqg1erYY5G/lZo++3MXl8auWop/WpbOlG4M8aXvAdX+d36KbTOuJnXu2dPavq+9XDTv" +
		"VRqbBgrvmtET44qcIBxOMteITqXZ3EFT1uvNnpatlqu45eq+KQ/cIQjfoF+MnKn9d0TOrJu80g1p7GpDj4Pvu3eG2fnP81e3Tr9cHH54/+LNy3ffTt8eTX5fez749PXmnx/i7POz669veJEZZSYnW3" +
		"JzjaGjUlOtFwYYTyHcgm4spaU0QWMQ80QlucZMRcJq0jZlgiyh0FYRplYaLVimUmF4LjVxImljf+YBrAgfqE823IWu4SzPUTPMIkuklKdnieaRZcxLoIkY5yKWpFhGJmYoeIIkdeZXeZrkwjd8CLyV" +
		"3nFtbBBBEkSLC2QcYwwWFhjzGTc75RUmxRLGGC5jSi5hKJYxESdXmKupGPlgpxnfK20FfDZWVTUd42Y9LJ4aSPz+Oux1kQkWKy6971QlCjmmQnIpEFPkiYp7/6/wU79R5vXJkQPZKDTDQrVrEpJSBJ" +
		"3OxlY/+AuEqgvA"},
	{"AES of 128 bits", "" +
		"eNqFU79rFEEUthCLtbAWm0E8u7g7P3ZmR44Dk7tD0ZjjLgZiSPF2ZyY5ueyGvbmQiKVNQkDBf0D8A4QUgoKQxkoLS0llZaWC2ggW4uzeXe40hbvLzptv3rzve2/eVFr15gy+IrzK4c9nvz2MApTF97" +
		"xqFfktWNN9RB3SRv7izqZG/hxY6GVrqFbzdKoKRzK1YbFrexpVhYlAEpJEiaIq0oLwhBsOTCkFmGMQccAjApwLKQnmCcQmNoKoQGNjQsJrU+HpVPi5bJBahJF/s6v6aAWxUtkq8ue16sJstu2wwL1S" +
		"Ft/qWPMwjUlI9lfI1OrU9lE4zLIFuZuOc27rfjbIE7e78G0636FR/mehr0vIv657W9p2E0B+ZxDbkrSgxmMFpVutNvqmZE2pCqdU3dLpml1HnLmt3Z7VuRt7YHVdJ5kqN/VtrmHDO3Pw8Oy5o9un9v" +
		"c+vvzx4PD1/ofq8vflb7vn7z7+vHb66tv+pey9t3r4qd34pZ9+PXiy9+gyvfDqhXj35svFld3nR457FGmkgk/XZphnx6qRdW1g1xtbRX38epYsbOq0cJp3C43OEjmWjfk40bH4joVUQa4mLiRC/gKq" +
		"hpwbiATVmtJESOEaJpYBMwqUiTADA5QpI4FGhmvFcCwjpknCFRAAbkLH0UIzrkxt1wyOZqM51uuGfDK5g6qa4CShCtM4MABSusCxUCQwGDtyqgNMCAs5SByDDjFlRFDgKnZWEomEOaolRzI5sO1cGy" +
		"9AwguOH8TDkIbIoGMMu2MtV9IJ5o71XwyH8gRGGDmBUXkScxdmgtkcuj1X8uK4bqQmQ2TUyVlW3JzS7nTvayTceh2tVClmjpxwpzuSQlJCI8YJZ5RGlAgZ1v7v4S5aI03ynU2LeMlQ9ifktqxQREKv" +
		"UmksNL0/7dQ8sA=="},
	{"AES of 256 bits, packed", "" +
		"eNqFVGtoXEUUTqpEXAxGJJomP5yWbjRIs3dm7sy9Q9Ngmk1KanVDNk3VtNp55kF2N9y9eVqboqLQRvGBSCEqiWCJBUWrIqgJalNtaAUTBINCEbQ/tKkIKYKU6mzeEEW4lzPD+eY8vvnORBvj9dthpR" +
		"eJTv45dj0CgQMyojNSVQVidf2hTmc7MuksyG1r4rvqFhe7eFa36CDnATF7dB1yr+7VXcAH1dW5L9bI23QWYBuzCcSaB7o1iNXykHdl2qw7otMqlwqtS7mESYjOZJgCsb063Ra2A8gQiNV3dIU6sLaL" +
		"hzquZUZZ4IM2tvUE2RBAkguZDQPNU5FHK/tKUhc2f3/9vZsPPjX1hN5x//TrPWPPjg51Vp2bQhfnaxMXF9p/+Wqm8eonV96u+GHua/zt3b8l3/ro8NH5m7aekAv5hb9Hh/dMjO94f/fnL24dPjZ125" +
		"MLz8fDS9uAs5AoFanhs80nho7EFi4MfToaTfwxZ8aK3p2uOHVv32yrV158+vTuVPObW76ZeSP/FdRwubU8OTvZt61nYXR208xUyeVzSXiAXb3z1r50y69ftIyU3PP4Cz+PTB6dGThQfKb32nDZO8HL" +
		"lpnlTpY5ous4WmaFuv9OyhoLDaX7T9YcLjzOP564/bMPSl8bn7jjkfvKHitjDw/2nZ37cL74p+HCneN3Te0ZfKnyfPmVk1t+LDr/XOPxmY7pWy41fLfzyw1VeOuqqK1f1EIyVMurmp6wva5Xp0MQi2" +
		"dkolunc6AHrKMu2YJXy8ZoRRwrxSdDnlY8UKsQRKjVAKjiUlOjBHeMRz1GsGAKelI53FAFNVfQ9YThHtY+dSH1fUO5pkhz4vrQQOZojxPMGXKph6l0JTXQo4wRCrXrOh6xNSSsoglzjcAOFRgSrTFR" +
		"VBhruBaME6kFcomPXC6RQ7g9rXyqiOQGcexw7Hsmp3Ow3d5Gow5SdlQ0k4IKX3DJfMxsAO1ISjWmiipHOMzimwDN9Z2qXyHQmmBtsw9UQUWUosZHVGpJHOpKCQWSWtl2iQ+1o7TBnkGCCOwzx4M+Vh" +
		"obIpQQrvGxg4jnYOl5hkqPQI9BxzE+tyhLHse5ovfZ3h1EjWHQR1wpx3WQKySBvs8s7ZRTz1MYEcYxloQK7nODGdOOUEYLhQ1U0IZpAWTdMPsbhvmhJm1Wr9b9r0leso18kcGcvDJdPSn78ORoDbTq" +
		"kGEmAHBRO7H9oBVAgOx/EMQa0iZjK1h8YZoyGfsQLK2THYMaMOuPg9YqDF1IGKIEE595DCPsuxRRF2MfIyut6v9H2FR1aRkMdIfAW8ywNmf9I1LkbSqvLzhSUF7wjCg6lX9GHHq66O/Nr16T4lDXDc" +
		"dgBc7Li/91Y1tkw0hlQx6E/YE2EQgdHIlG6xL1kX8AM3jOHA=="},
	{"AES of 256 bits, revision 5", "" +
		"eNqFVDtvHFUUFpRbAS1C3MZlmPt+iJWl2F7jEFu2vIkjEVzcx7n2ovWMNTO2nFT8gqA0KEKiIHQUICHRQgdCokkNoqCgoKVIhzgz630gF+yONOee5/edOeeuHWxt32LvmMHaDy+f/zNghJIqfDQYDk" +
		"kxumqhbCZV2ZDueHtrY9QLG76BI6g7CykwdMVzFy5hSgRZX++e4sCfQINHSg5Jce/ROZBi07d+Wp2geQBl6krxlZL3Ju0UyFAHIbyIiXNtI4DTwfjIpImCZ0qTjjElYyRAZJRFkZWnXDOjNU+QRdLr" +
		"K+nFSvrN6qJsCSPF3UlqyEMie2THpNiDNPEb1RXqKP6d657jOeYZjWVK+Z+UJXJvG6JmLA98jcc550Noqos6wqyD2+g7ExZ97FXFDkwvoZ1ET4rxRWj7ol1pNkfQu82a2vV1CWsFlVpBtQvlSXtKtM" +
		"TQybSFGt9T38IWxCr1QU1bgz8b/PX3Z3/+9sfeg98/ebz73lf+22cvN15/8XTn3c033vz4+Nkr4vnPD743P33Q/Nh89+XTt754/9MPf9l58eqTWL/29du/fvP5Kda+znSNQq/2ZsZz3KZr6fZFezq6" +
		"7PpTbFVx/xzKzmkPDaPxkVjAFnxOdA5+3Poy+TotXLjSpNgnQwWachGcUdFZkbWITioWNZfKJQVRGu9ttNRqLw3nBmdJGQWBaRNBauMzZBNipl5zhTE8RS+FoR5tKdCMGPZx6pWVSoeUQ3KYgcqctY" +
		"tKUIzlQrggQsJqySsfwNGsg+OKUZUhaOllgG4XyC38GgdQn+EwgJE2gHUpgKKQLUsoxmRpTpQb5dD/ECcKeZ9tzxuIr3p5uE+GDLi1WTCEaZGDMoEK60KkmM1mlhiV2unkJFWUOyG9tip48NYnw5wI" +
		"OoLh3uKWBaUMyMy1AGaZUUJp3DoEcR+5U4kAOeiQrVdcUi1UkFZKwRl1XjIuvTGJZ6eo9VEpblOyGeubZCHIroVHyGU5qFc15AElZkAXP6IVFiWZLHQMx7m3lAsdE/SGjvObfoLaGzqpburway91be" +
		"0nUxy1bkzvlLki/HqDq6q7MXp5PHkMBK+7O1vk4VAwyTCDRtzWGSe4sFJzLYWwghun1v/fAy+YURnrR+ct0X2Ffi993fYdYky4wdraaH978C9IeJI9"},
	{"with a password", "" +
		"eNqFVEtrHEcQPiWHxRByM/alCeiU2NPvBywCS7vCJjISWlkhOCbuR7W0ZjUjZmeF5EMOuhoCgcQGH0PIMcdATvkH+QcBH/MPcklCama1j6BDZga6u7q66vu+qeqN/cHOPXbf9DZ+/fP7f3qMUFKFF7" +
		"1+nxTDiwbK6bgqp6RdPhhsDbvJlp/CEdTtDinw6JrnLpzDhFiyudl+xb4/hikRGPOAFIeXZ0CKbd/4SXWM2z0oU5uKr6U8HDcTIP2QjZdcUZokZJ8Mcx4kheysNMr74JwD5XM20jEtZQBqI83BacaN" +
		"BJM218KLtfDb1axsCCPFp+M0JU+J7JA9I8VjSGO/VV2gjeLrXPs9W2Ce01iFlP8JWSL3ZkrUnOW+r3G54HwA02pWR5gruIO+88lSx85UPITJOTTj6EkxmoWmS9qmZgsEndtc1FbXFaw1VGoN1S6Ux8" +
		"0J0RKPjicN1DhOfAMDiFXqDk2bGvxp7+8P5cMPPvv68O3vV+/Z8++qv6qPr16+233/1Y9X7nX6+fLWm9u3Z3ffffnRN7/8MHv91R+ffPFt9J8/b37aLk+ev/rtDua+jnSNQq9rM+c5atL17MGsORme" +
		"t/oUgyrunUHZOj3GjeHoSCxhC74gugA/anyZfJ2WLlxpUuyRPljvqKYGUmDMRJao8xGCAxFZNok5GbzyMStIFAesFCwZR1lk3hiVrdBCJmO4zyEaG3gOxkfpogia2kA5YtjDqhcCIjiRmUsyBS104o" +
		"pz5kPWWmlmrDZMW82pwuozztKsqdPZCK+dyiG3vUDu4d/Yh/oUi4FqFYMyHAK6BC15Bg8JrLaQsxRt2gOiW96nOwsBcahXiyek75xSEhRlmSeebUrUZOXaRkBmXtIgErYIslDBWGEoEwqzoRQyS4cE" +
		"hEakViQXIpcyJStFEFRGp5MzILCLiifIPWvOUSmOWjGaQkJKQkltrLEOLEqisRspFZoLxnFDBcddVJZ6HYBRimGOsDtWhXpRQ+5RYnp0+RCtlFAkk6WNYTl3O+XSxgS9YUNoN2yC2hs2qW7alOMrW1" +
		"P78QRLrS3TR2WuCL/u4Kpqb4xuPhq/BILX3aMBedoXTDKMoBG3dcYJLqzUXEshrODGqc3/98ALZljG+vKsIbrL0PWlr5tOIcaE621sDPd2ev8C5BONTg=="},
}

func TestEncrypted(t *testing.T) {
	for _, tt := range encrypted {
		t.Run(tt.name, func(t *testing.T) {
			z, err := zlib.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(tt.file)))
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Open(data, unlimited())
			if tt.name == "with a password" {
				if !errors.Is(err, ErrEncrypted) {
					t.Errorf("error %v, want %v", err, ErrEncrypted)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"1 Not so secret"}, read(t, data)); diff != "" {
				t.Error(diff)
			}
			if got := f.Title(); got != "The title" {
				t.Errorf("title %q", got)
			}
		})
	}
}
