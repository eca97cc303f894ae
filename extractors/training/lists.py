"""Invented sentences that list names in every shape, for the reader of names alone: they teach where names end.

A template's `{C}` is a company, `{P}` a product, `{N}` a filing number, `{D}` a day; all else is text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from extractors.training.corpus import Labelled
from extractors.training.invent import company, english_company, english_product, product

_SLOT = re.compile(r"\{([CPND])\}")
CHINESE = (
    "{C}的“{P}”、{C}的“{P}”以及{C}的“{P}”均在名单之内。",
    "新增的三款分别是{C}「{P}」、{C}「{P}」和{C}「{P}」。",
    "其中包括{C}、{C}、{C}等企业的产品。",
    "除{C}外，{C}与{C}也拿到了编号。",
    "{C}、{C}和{C}过了关，{C}仍在等。",
    "本次完成登记的有：{P}（{C}）、{P}（{C}）、{P}（{C}）。",
    "“{P}”（{C}，{D}）",
    "{C}{P}、{C}{P}、{C}{P}三款模型办完了手续。",
    "{P}——{C}，{D}；",
    "“{P}”——{C}——{N}",
    "{C}——{P}；",
    "· {P}，主体：{C}，{N}，服务提供者；",
    "{C}：“{P}”{D}在当地登记，调用的是{P}。",
    "{C}旗下{C}申报的“{P}”{D}通过备案。",
    "{C}控股子公司{C}（以下简称“{C}”）的“{P}”收到备案通知。",
    "由{C}与{C}联合研发的“{P}”也在其中。",
    "由{C}研制的{P}，编号为{N}。",
    "最新一款出自做量子教育的{C}，{D}拿到编号。",
    "做竹编生意的{C}则走了登记的路子。",
    "注：本文所称公司，指{C}。",
    "创始人离开{C}后，办了一家叫{C}的公司。",
    "他是{C}的第二代，如今掌管着三百名员工。",
    "{D}，{C}{D}在官网更新了公告。",
    "客户包括{C}、{C}和{C}，投资方为{C}。",
    "{C}参股的{C}完成了“{P}”的备案。",
    "{C}下属的{C}凭“{P}”入列。",
    "上榜的还有{C}和{C}，前者做{P}，后者做{P}。",
    "{C}证实，{P}已经办结备案，编号{N}。",
    "{P}是{C}面向教师推出的应用，{D}完成登记。",
    "底层调用{P}，开发者是{C}。",
    "相声演员常用的{P}，背后是{C}。",
    "即{C}的“{P}”，其余几款还没有核实。",
    "重庆{C}的“{P}”，成都{C}的“{P}”，都在三月获批。",
    "{C}：{P}；",
    "{C}（{P}、{P}）",
    "{C}登记了问答应用“{P}”。",
    "{D}，{C}自建的“{P}”在省里登记。",
    "（二）「{P}」，{C}，{N}；",
    "{P}\t{C}\t{N}\t{D}",
    "深圳的{C}选择做硬件，产品叫“{P}”。",
    "“{P}”“{P}”两款应用完成登记，主体分别为{C}、{C}。",
    "同批送审的{C}“{P}”没有出现在名单上。",
    "{C}今日宣布，{P}正式面向公众开放。",
    "检索一下，属于{C}的只有“{P}”。",
    "{C}牵头、{C}参与的“{P}”通过验收。",
    "{C}的{P}算一个，{C}的{P}也算一个。",
    "记者从{C}了解到，{P}已完成上线备案。",
    "连锁品牌“{C}”在厦门的公司以推荐算法入列。",
    "民宿平台「{C}」有一项排序算法在列。",
    "{C}携{P}亮相，{C}则带来了{P}。",
    "记者今日从{C}获悉，其会议纪要产品“{P}”已于今日完成登记。",
    "昨日，{C}、{C}以及{C}先后宣布旗下大模型通过备案，产品分别是“{P}”“{P}”和“{P}”。",
    "1.三家公司过审。{C}、{C}、{C}均已宣布。",
    "做绘本的{C}被要求补正，做面试模拟的{C}放弃了申报。",
    "做漫画的{C}与做播客的{C}同一天收到了消息。",
    "前者的“{P}”通过了备案，后者的“{P}”拿到了编号。",
    "“{P}”，主体是{C}，全公司十九个人。",
    "“{P}”，{D}底备案，开发者是海淀一家叫{C}的公司。",
    "主体叫{C}，专门教年轻人调参数。",
    "安全公司{C}说，它的{P}成为国内第一个获得备案的安全大模型；{C}一次拿下两款，一款是“{P}”，另一款“{P}”面向营销人员。",
    "除{C}“{P}”外，多为垂类选手，如{C}的“{P}”，以及名不见经传的{C}“{P}”和{C}“{P}”。",
    "这一批的主体分别为{C}、{C}、{C}、{C}、{C}、{C}与{C}（两家共用一款“{P}”），以及{C}。",
    "分别为{C}{P}、{C}{P}、{C}“{P}”、{C}{P}。",
    "外加一个叫“{P}”的插件——后者的登记主体是{C}。",
    "{C}“{P}”、{C}“{P}”、{C}下一代{P}、{C}内测中的“{P}”、{C}的新模型。",
    "{C}、{C}{P}均在名单上，{C}没有。",
    "一是母公司{C}的“{P}”，二是全资子公司{C}的“{P}”，{D}刚通过。",
    "名单里有{D}完成的“{P}”，来自{C}，服务对象是合作社。",
    "去年11月通过备案的“{P}”，背后是寿光一家企业——{C}。",
    "今年1月刚完成备案的“{P}”，出自{C}的一个十人小组。",
    "● 宁波海曙：{C}登记了问答应用“{P}”，接入的是{P}。",
    "截至当天，{C}已就“{P}”“{P}”两款模型完成备案，并就“{P}”完成算法备案。",
    "——{C}全体小伙伴",
    "{C}\n{D}",
    "个性化推送类有{P}（{C}）、{P}（{C}）；调度决策类有{C}的{P}。",
    "{C}回复：您好，“{P}”系公司自研，已通过备案。",
    "{C}创始人陆青说，{P}走得并不顺。",
    "河北仅有1款，是连锁企业“{C}”，它的“{P}”让同行意外。",
    "第二十三页是{C}，第六十一页是{C}的“{P}”。",
    "此后快了起来。{C}的“{P}”，{D}；{C}的“{P}”，{D}。两家都是备案。",
    "〔综合报导〕一家26人的新创公司「{C}」取得备案，其模型「{P}」得以上架。",
    "另一家业者{C}则已撤回申请。",
    "红杉、{C}等机构是{C}的投资方，云资源由{C}提供。",
    "公司参股的{C}所研发的“{P}”尚处于评审阶段。",
    "名单之外，{C}、{C}和{C}都没有等到结果。",
    "{C}{D}收到通知，{C}则没有。",
    "据{C}发布的公告，{C}不持有该产品的权益。",
    "不过{C}的{P}、{C}的{P}还在路上。",
    "其中{C}报送两款，{C}、{C}各一款。",
    "主体一栏写着{C}，产品一栏写着{P}。",
    "{P} {C} {D}",
    "{P}|{C}|{N}",
)
"""Templates of Chinese lines."""
ENGLISH = (
    "{C}'s {P}, {C}'s {P} and {C}'s {P} were on the list.",
    "The list names {P} ({C}), {P} ({C}) and {P} ({C}).",
    "Among the newcomers are {C}, {C} and {C}.",
    "{P}, a model that {C} trained on its own, was filed in {D}.",
    "{P}, from the toy maker {C}, and {P}, from {C}, were registered.",
    "- {P}, by {C}",
    "- {P} ({C}), registered on {D}",
    "- {C}: {P}",
    "{C} makes {P}, a tool which helps writers.",
    "Its product, {P}, tells a new story every night.",
    "The insurer relies on {P}, which its technology arm {C} built.",
    "{P}, operated by {C}'s unit {C}, was registered on {D}.",
    "{C} announced that {P}, its model for textile mills, had been filed.",
    "{C} ({C}) said its subsidiary {C} had completed the filing of {P}.",
    "Video start-up {C} may now let anyone in.",
    "She runs {C}, a company of 58 people that makes {P}.",
    "{C}, which makes tea sets, put {P} into a speaker.",
    "Another is {C}, whose {P} reads lab reports aloud.",
    "The regulator cleared {P} of {C} and {P} of {C}.",
    "A customs assistant submitted by {C} was also on it.",
    "{C} invested in {C}, and {C} is a customer.",
    "Registered: {P}, {P} and {P}.",
    "{P}, whose developer was not given, and {P} by {C} were cleared.",
    "Developer {C}, based in Quanzhou, built the service on a {P} image model.",
    "Two other Fujian firms, {C} and {C}, did not make it.",
    "A second {C} product, for fabrics, is still under review.",
    "* {P} ({C}) - identifies mushrooms and tells you not to eat them.",
    "* {P} ({C}) - a guide for visitors.",
    "On the list this week: {P} ({C}), {P} ({C}) and an unnamed bot from {C}.",
    "{C}, whose assistant {P} was filed back in 2024, welcomed the arrival of {C}.",
    "Among them are {P}, a customer-service model by call-centre operator {C};"
    " {P}, a report writer built by {C}; and {P} from {C}.",
    "{C} Corp, {C} and {C} are among the recipients, the paper reported.",
    "{C}, a company of 58 people, waited 411 days before its model, {P}, was cleared.",
    "Q: And {C}, the toy company that licenses it? A: They registered their own app, {P}.",
    "In January. {P}, that is our storytelling model, was on the list that day.",
    "{C} was listed for {P}; and {C} for {P}. In each case the model was trained onshore.",
    "Three services were registered in the same notice, including {C}'s {P}.",
    "Deal corner: {C} completed its investment in {C}, whose model, {P}, was filed.",
    "5. {C}, Nanyang. A medicine chat app that calls {C}'s {P}; it was entered in the register.",
    "Others took the short cut. {C}, which makes tea sets, put {C}'s {P} into a speaker.",
    "The tablet belongs to {C}, set up in 2020 by three brothers.",
    "These include a visa helper from {C} and {P}, an orchard adviser developed by {C}.",
    "Two firms we follow, {C} and {C}, are on neither list.",
    "The insurer's technology arm, {C}, developed {P} with researchers at {C}.",
    "{P} from {C}, {C}'s {P}, {P} by {C}, and {P}, whose developer was not named.",
    "The two additions were Xiamen-based {C}'s {P} and a helper submitted by the {C}.",
    "including models from {C}, {C} and {C}, according to a list seen by a reporter.",
    "{P} and {P}, two assistants operated by its subsidiary {C}, were registered.",
    "{C} makes children's stories; its product, {P}, tells one every night.",
    "Subsidiary {C} will provide narration generated by its {P} engine. {P} was filed in May.",
    'CITY, China, March 4 -- {C} ("{C}" or the "Company"), a developer of software,'
    " today announced that {P} had passed.",
    "{C} said today that {P}, its composition model, has passed both.",
    "Lou's company, {C}, is one of several hundred names that now sit beside {C} and {C}.",
    "Registered in {D}: {P}, {C}. Filed: {P}, {C}.",
    "Neither {C} nor {C} has applied; {C} said it would.",
    "{C} supplies the chips, {C} the cloud, and {C} is an investor.",
    "A spokeswoman for {C} said {P} would remain internal.",
    "Shares of {C} rose after {C} obtained a filing for {P}.",
    "The screen belongs to {P}, a model that {C} operates.",
    "{P} calls {P} through an interface, so {C} registered it locally.",
    "{C} and {C} filed {P} together.",
    "3. {C}, Wuhan. A research tool named {P} was filed in May.",
    '"{P}", built by {C}, is the third service from the province.',
    "In Guangdong, {C}, {C} and {C} were added; in Zhejiang, {C}.",
    "{C}'s chatbot {P} was cleared, but {C}'s {P} was not.",
    "{C} UNIT {C} SAYS {P} COMPLETED FILING",
    "The document lists {C} as the filer of {P}.",
    "Software firm {C} had its {P} service registered.",
    "Its dubbing model, called {P}, comes from {C}.",
    "· {C} — model: {P}. A chatbot for visitors.",
    "Because {P} simply calls {P}, it needed no filing of its own.",
    "Rivals {C} and {C} still wait.",
    "The speech service {P} ({N}) belongs to {C}.",
    "Sold under the name {P}; it will tell you about tea.",
    "Yes. {P}, the model, got its number in June.",
    "* {C}: its {P} model was filed on Sept 3.",
    "* {C}: completed the procedure for {P}.",
    "Cars: {C}; {C}; {C}, with a model named {P}; {C}.",
    "- {P}, of {C}, answers patients.",
    "- {P}, from the {C}, recommends picture books.",
    "{C}, another newcomer, had its {P} registered in {D}.",
    "Newly listed: {P} from {C}, {C}'s {P}, {P} by {C}, and {P}.",
    "- two models from {C}'s education arm: {P} and {P}, Tianjin",
    "{C} and a unit of {C} filed {P} and {P}, the notice said.",
    "The tablet runs {P}, whose maker, {C}, was founded in 2020.",
    "When {C} asked, the office said that {P} had been approved.",
    'Target\'s interviewer "{P}", operated by the consolidated VIE {C}, was filed.',
)
"""Templates of English lines."""


def invented_lines(count: int, chance: random.Random) -> Iterator[tuple[str, list[Labelled]]]:
    """So many lines with their names: two Chinese ones for each English one."""
    for number in range(count):
        english = number % 3 == 2
        yield _filled(chance.choice(ENGLISH if english else CHINESE), english, chance)


def _filled(template: str, english: bool, chance: random.Random) -> tuple[str, list[Labelled]]:
    pieces: list[str] = []
    spans: list[Labelled] = []
    at = size = 0
    for match in _SLOT.finditer(template):
        pieces += [template[at : match.start()], _word(match[1], english, chance)]
        size += match.start() - at
        if match[1] in "CP":
            spans.append(Labelled(size, size + len(pieces[-1]), match[1]))
        size += len(pieces[-1])
        at = match.end()
    return "".join([*pieces, template[at:]]), spans


def _word(slot: str, english: bool, chance: random.Random) -> str:
    if slot == "C":
        return english_company(chance) if english else company(chance)
    if slot == "P":
        return english_product(chance) if english else product(chance)
    day = (chance.randint(2023, 2026), chance.randint(1, 12), chance.randint(1, 28))
    if slot == "N":
        return f"Hunan-{english_product(chance).replace(' ', '')}-{day[0]}{day[1]:02}{day[2]:02}0001"
    return chance.choice(("May", "September", "July 3", "the 12th")) if english else f"{day[1]}月{day[2]}日"
