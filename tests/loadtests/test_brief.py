from __future__ import annotations

from loadtests.brief import Brief


class TestBrief:
    def test_comes_out_of_its_file_as_it_went_in(self, make_brief, tmp_path):
        brief = make_brief()
        brief.write(tmp_path / "brief.json")

        assert Brief.read(tmp_path / "brief.json") == brief

    def test_names_each_account_and_company_once(self, make_brief):
        brief = make_brief()

        assert brief.accounts == ("cal_test_morgenrot", "cal_test_lindenhof")
        assert brief.companies == (1, 2)
