# Thin targets over meson, npm and node. `make run` and `make test` need nothing but Debian 12, root, git, make, gcc and node.
.POSIX:
BUILD = build
CCACHE = CCACHE_BASEDIR=$(CURDIR) CCACHE_NOHASHDIR=1
RELEASE = $(BUILD)/release
DEBUG = $(BUILD)/debug
DATA = data

.PHONY: run test build debug web acceptance bench clean packages-run packages-test

run: build
	@$(RELEASE)/src/reeve serve --data $(DATA) --sample $(ARGS)

build: packages-run web
	@echo "reeve: building the server"
	@[ -f $(RELEASE)/build.ninja ] || meson setup $(RELEASE) --buildtype=release -Dtests=false -Dweb_dist=$(CURDIR)/web/dist >$(BUILD)/release.log 2>&1 || \
		{ tail -n 20 $(BUILD)/release.log; echo "reeve: meson could not set the build up; the lines above say why"; exit 1; }
	@$(CCACHE) ninja -C $(RELEASE) --quiet

debug: packages-test web
	@echo "reeve: building with sanitizers"
	@[ -f $(DEBUG)/build.ninja ] || meson setup $(DEBUG) --buildtype=debug -Db_sanitize=address,undefined -Dweb_dist=$(CURDIR)/web/dist >$(BUILD)/debug.log 2>&1 || \
		{ tail -n 20 $(BUILD)/debug.log; echo "reeve: meson could not set the build up; the lines above say why"; exit 1; }
	@$(CCACHE) ninja -C $(DEBUG) --quiet

web: packages-run
	@node tools/build-web.mjs

test: debug
	@node tools/run-tests.mjs

acceptance:
	@node tools/acceptance.mjs

bench: build packages-test
	@node bench/run.mjs

packages-run packages-test:
	@mkdir -p $(BUILD)
	@tools/install.sh $(@:packages-%=%)

clean:
	rm -rf $(BUILD) web/dist web/node_modules
